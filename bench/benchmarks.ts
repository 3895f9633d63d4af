import type { Benchmarks } from "./benchmark";
import { sampleOf, secondsOf } from "./commands";
import { changeInRehearsal, firstRehearsal, rehearsal } from "./rehearsals";
import { environments, synth } from "./synth";
import { installed } from "./installed";
import { firstLines } from "./first-lines";

/** Everything that `npm run bench` measures, by the names it is called by. */
export const benchmarks: Benchmarks = {
  start: firstLines,
  synth,
  environments,
  plans: {
    figures: {
      summary: { what: "plan summary of 2,000 resources", unit: "ms", aim: 100 },
      apply: { what: "comparison of two plans of 2,000 resources", unit: "ms", aim: 200 },
      check: { what: "CheckBuild of a stack of 2,000 resources", unit: "ms", aim: 1000 },
      change: { what: "change of the pipeline by 2,000 resources", unit: "ms", aim: 1000 },
      permissions: { what: "comparison of 324 roles that did not change", unit: "ms", was: 6578, aim: 1000 },
    },
    rounds: 5,
    prepare: synth.prepare,
    measure: () => sampleOf("bench/large-plans.ts", "2000"),
  },
  history: {
    figures: {
      open: { what: "the rehearsal's page opens with 100 executions", unit: "s", aim: 1 },
      update: { what: "a change of an execution is on the page", unit: "s", aim: 0.5 },
    },
    rounds: 3,
    measure: () => sampleOf("rehearsal/bench/history.ts"),
  },
  rehearsal: {
    figures: {
      added: { what: "what a rehearsal adds to the time of its builds", unit: "×", aim: 0.05 },
      requests: { what: "requests through the AWS endpoint", unit: "×", aim: 0.8, atLeast: true },
      firstLine: { what: "first line of the first build after a push", unit: "s", aim: 1 },
    },
    rounds: 1,
    isLong: true,
    measure: () => sampleOf("rehearsal/bench/rehearsal.ts"),
  },
  check: {
    figures: { seconds: { what: "types, lint and format (`npm run check`)", unit: "s", was: 58, aim: 10 } },
    rounds: 3,
    isLong: true,
    measure: async () => ({ seconds: await secondsOf(["npm", "run", "check"]) }),
  },
  unit: {
    figures: { seconds: { what: "unit tests (`npm run test:unit`)", unit: "s", was: 50, aim: 15 } },
    rounds: 3,
    isLong: true,
    measure: async () => ({ seconds: await secondsOf(["npm", "run", "test:unit"]) }),
  },
  test: {
    figures: { seconds: { what: "`npm test` after set-up", unit: "s", was: 1920, aim: 720 } },
    rounds: 1,
    isLong: true,
    measure: async () => ({ seconds: await secondsOf(["npm", "test"]) }),
  },
  rehearse: rehearsal,
  "first-rehearse": firstRehearsal,
  change: changeInRehearsal,
  install: installed,
};

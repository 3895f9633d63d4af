import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Benchmark } from "./benchmark";
import { firstOutputOf } from "./commands";
import { root } from "../tasks/command";

/** Arguments with which a command prints something and changes nothing, and the seconds until its first line before. */
const COMMANDS = {
  rehearse: { args: "--help", was: 1.08 },
  test: { args: "--help", was: 0.4 },
  bootstrap: { args: "", was: 0.7 },
  diff: { args: "--help", was: 0.53 },
  env: { args: "--help", was: 0.76 },
  rollback: { args: "--help", was: 0.6 },
  "state:recover": { args: "--help", was: 0.68 },
  "state:unlock": { args: "--help", was: 0.54 },
} as const;

/** How long commands take to print their first line, without npm's own start. */
export const firstLines: Benchmark = {
  figures: Object.fromEntries(
    Object.entries(COMMANDS).map(([script, { was }]) => [
      script,
      { what: `first line of \`npm run ${script}\``, unit: "s", was, aim: 0.3 },
    ]),
  ),
  rounds: 5,
  measure: async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Readonly<Record<string, string>>;
    };
    const sample: Record<string, number> = {};
    for (const [script, { args }] of Object.entries(COMMANDS))
      sample[script] = await firstOutputOf(`${scripts[script]} ${args}`);
    return sample;
  },
};

import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "./benchmark";
import { outputOf, secondsOf } from "./commands";
import { bundle } from "../tasks/bundle/bundle";
import { root } from "../tasks/command";

/**
 * The seconds of the same pipeline as an app of AWS CDK Pipelines, on two cores that did nothing else: a yardstick that
 * is not installed here. `cdk synth` took 5.2 s, its app alone 1.7 s.
 */
const TWIN = { cli: 5.2, app: 1.7 };

export const synth: Benchmark = {
  figures: {
    app: { what: "the app alone (`node tasks/app.mjs`)", unit: "s", was: 1.05 },
    appShare: { what: "the app against that of its CDK twin (1.7 s)", unit: "×", was: 0.62, aim: 0.25 },
    cli: { what: "`cdktf synth`", unit: "s", was: 3.2 },
    cliShare: {
      what: "`cdktf synth` against `cdk synth` of the twin (5.2 s)",
      unit: "×",
      was: 0.62,
      aim: 0.4,
    },
  },
  rounds: 5,
  prepare: async () => {
    await bundle();
    // Twice: the second run keeps what V8 compiled.
    for (let run = 0; run < 2; run++) await outputOf(["node", "tasks/app.mjs"]);
  },
  measure: async () => {
    const app = await secondsOf(["node", "tasks/app.mjs"]);
    // Without them cdktf asks HashiCorp for news, which takes seconds offline.
    const env = { CHECKPOINT_DISABLE: "1", DISABLE_VERSION_CHECK: "1" };
    const cli = await secondsOf(["cdktf", "synth"], { env });
    return { app, cli, appShare: app / TWIN.app, cliShare: cli / TWIN.cli };
  },
};

const app = join(root, ".cache/bench-app.js");

/** Time and memory of each added environment: the same at 500 as at 10, or something is not linear. */
export const environments: Benchmark = {
  figures: {
    time10: { what: "synth of 10 environments", unit: "s" },
    time500: { what: "synth of 500 environments", unit: "s" },
    added100: { what: "time of each environment, from 10 to 100", unit: "ms" },
    added500: { what: "time of each environment, from 100 to 500", unit: "ms", aim: 20 },
    memory100: { what: "memory of each environment, from 10 to 100", unit: "MB" },
    memory500: { what: "memory of each environment, from 100 to 500", unit: "MB", aim: 1 },
  },
  rounds: 3,
  prepare: async () => {
    await bundle();
    // Inside the project, where Node.js finds the external packages.
    mkdirSync(join(root, ".cache"), { recursive: true });
    await build({
      entryPoints: [join(__dirname, "many-environments.ts")],
      outfile: app,
      bundle: true,
      platform: "node",
      packages: "external",
    });
  },
  measure: async () => {
    const [few, more, most] = [await synthesized(10), await synthesized(100), await synthesized(500)];
    return {
      time10: few.seconds,
      time500: most.seconds,
      added100: ((more.seconds - few.seconds) * 1000) / 90,
      added500: ((most.seconds - more.seconds) * 1000) / 400,
      memory100: (more.megabytes - few.megabytes) / 90,
      memory500: (most.megabytes - more.megabytes) / 400,
    };
  },
};

async function synthesized(count: number): Promise<{ seconds: number; megabytes: number }> {
  const out = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const from = performance.now();
    const env = { BENCH_ENVIRONMENTS: String(count), BENCH_OUT: out };
    const { megabytes } = JSON.parse(await outputOf(["node", app], { env })) as { megabytes: number };
    return { seconds: (performance.now() - from) / 1000, megabytes };
  } finally {
    rmSync(out, { recursive: true });
  }
}

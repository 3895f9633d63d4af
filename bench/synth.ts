/**
 * Measures the time of synth: `npm run bench:synth`. Prints the medians of five runs, which take turns, so that load on
 * the machine affects all of them alike. Compare rows of the same run only.
 */
import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../tasks/bundle/bundle";
import { outputOf } from "../tasks/process";
import { runProgram } from "../tasks/program";

const root = join(__dirname, "..");
const rounds = 5;

const settings = {
  hw_stack_name: "bench",
  hw_stack_bucket_name: "bench-documents",
  pipeline_bucket_name: "bench-artifacts",
  pipeline_githubOwner: "bench",
  pipeline_githubRepo: "bench",
};

async function main(): Promise<void> {
  await bundle();
  // Inside the project, where Node.js finds the external packages.
  const app = join(root, ".cache/bench-app.js");
  mkdirSync(join(root, ".cache"), { recursive: true });
  await build({
    entryPoints: [join(__dirname, "many-environments.ts")],
    outfile: app,
    bundle: true,
    platform: "node",
    packages: "external",
  });
  const out = mkdtempSync(join(tmpdir(), "bench-"));
  const environments = (count: number) => () =>
    run("node", [app], { BENCH_ENVIRONMENTS: String(count), BENCH_OUT: out });
  const subjects: Record<string, () => Promise<string>> = {
    "the app alone (node tasks/app.mjs)": () => run("node", ["tasks/app.mjs"]),
    "cdktf synth": () => run(join(root, "node_modules/.bin/cdktf"), ["synth"]),
    "2 service environments, bundled before": environments(2),
    "10 service environments": environments(10),
    "100 service environments": environments(100),
  };
  const times = new Map<string, number[]>();
  const memory = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject] of Object.entries(subjects)) {
      const from = performance.now();
      const printed = Number((await subject()).trim());
      times.set(name, [...(times.get(name) ?? []), performance.now() - from]);
      if (printed > 0) memory.set(name, printed / 1024);
    }
  }
  rmSync(out, { recursive: true });
  const median = (name: string) => times.get(name)!.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
  for (const name of Object.keys(subjects)) {
    const megabytes = memory.has(name) ? `${memory.get(name)!.toFixed(0).padStart(5)} MB` : "";
    console.log(`${name.padEnd(42)}${median(name).toFixed(0).padStart(6)} ms ${megabytes}`);
  }
  const added = (median("100 service environments") - median("10 service environments")) / 90;
  console.log(`${"each added environment".padEnd(42)}${added.toFixed(1).padStart(6)} ms`);
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  return outputOf(command, args, { cwd: root, env: { ...settings, ...env } });
}

runProgram(main);

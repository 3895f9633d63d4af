/** All that `npm test` checks: types, lint, format, then every test. Ends with the line `N passed, N failed`. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./command";

interface Count {
  readonly passed: number;
  readonly failed: number;
}

const checks: readonly (readonly [name: string, ...args: string[]])[] = [
  ["tsc", "--noEmit"],
  ["eslint", "."],
  ["prettier", "--check", "--log-level", "warn", "."],
];

async function main(): Promise<void> {
  const counts = await Promise.all(checks.map(check));
  counts.push(await jest(["unit"], "--maxWorkers=100%"));
  // These wait half of their time for one Terraform, one build, one emulator: four at a time keep two cores busy.
  counts.push(await jest(["rehearsal", "behaviour"], "--maxWorkers=4"));
  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  if (sum("failed") > 0) process.exitCode = 1;
}

/** Runs a check; it counts as one test. */
async function check([name, ...args]: (typeof checks)[number]): Promise<Count> {
  const passed = (await execute(name, args)) === 0;
  console.log(`${name} ${args.join(" ")}: ${passed ? "passed" : "failed"}`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
}

/** Runs the tests of projects and counts them; a suite that could not be loaded counts as a failed test. */
async function jest(projects: readonly string[], ...options: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "jest-"));
  const file = join(folder, "results.json");
  try {
    const code = await execute("jest", [
      ...["--json", "--outputFile", file, ...options],
      ...["--selectProjects", ...projects],
    ]);
    // It could not even begin, and has said why.
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const results = JSON.parse(readFileSync(file, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
      numRuntimeErrorTestSuites: number;
    };
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest can also fail without a failed test, for example when it finds none.
    return { passed: results.numPassedTests, failed: code === 0 ? failed : Math.max(failed, 1) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function execute(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(join(root, "node_modules/.bin", command), args, {
    cwd: root,
    // --json prints the results too, which nobody wants to read; what jest tells people goes to stderr.
    stdio: ["ignore", command === "jest" ? "ignore" : "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

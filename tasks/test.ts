/** All that `npm test` checks: types, lint, format, then every test. Ends with the line `N passed, N failed`. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "./command";

interface Count {
  readonly passed: number;
  readonly failed: number;
  /** What failed, a line each. */
  readonly names?: readonly string[];
}

/** What is read of jest's results. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
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
  const sum = (key: "passed" | "failed") => counts.reduce((total, count) => total + count[key], 0);
  const names = counts.flatMap((count) => count.names ?? []);
  // The output is long: its end names what to look for.
  if (names.length > 0) console.log(["\nFailed:", ...names].join("\n  "));
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  if (sum("failed") > 0) process.exitCode = 1;
}

/** Runs a check; it counts as one test. */
async function check([name, ...args]: (typeof checks)[number]): Promise<Count> {
  const passed = (await execute(name, args)) === 0;
  console.log(`${name} ${args.join(" ")}: ${passed ? "passed" : "failed"}`);
  return passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, names: [[name, ...args].join(" ")] };
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
    const results = JSON.parse(readFileSync(file, "utf8")) as Results;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest can also fail without a failed test, for example when it finds none.
    return {
      passed: results.numPassedTests,
      failed: code === 0 ? failed : Math.max(failed, 1),
      names: failures(results),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function failures({ testResults }: Results): string[] {
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed") return [`${file}: could not be run`];
    return failed.map(({ fullName }) => `${file}: ${fullName}`);
  });
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

/**
 * All that `npm test` checks: types, lint, format, then every test. Ends with the line `N passed, N failed`.
 *
 *   npm test                  everything
 *   npm test -- --shard=1/3   the first third of the test files of each project, and the checks
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from "node:fs";
import { freemem, tmpdir, userInfo } from "node:os";
import { join, relative } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { root } from "../command";
import { execute, type Exit } from "../process";
import { runProgram, UsageError } from "../program";

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
    /** Why the file could not be run. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const checks: readonly (readonly [name: string, ...args: string[]])[] = [
  // Types too: see .oxlintrc.json.
  ["oxlint"],
  ["oxfmt", "--check", "."],
];

async function main(): Promise<void> {
  const shard = readShard();
  const options = shard === undefined ? [] : [`--shard=${shard}`];
  const isFirst = shard === undefined || shard.startsWith("1/");
  const counts = await Promise.all(isFirst ? checks.map(check) : []);
  counts.push(await jest(["unit"], "--maxWorkers=100%", ...options));
  // These wait half of their time for one Terraform, one build, one emulator: four at a time keep two cores busy.
  counts.push(await jest(["rehearsal", "e2e"], "--maxWorkers=4", ...options));
  const sum = (key: "passed" | "failed") => counts.reduce((total, count) => total + count[key], 0);
  const names = counts.flatMap((count) => count.names ?? []);
  // The output is long, and some services keep only its end.
  if (names.length > 0) console.log(["\nFailed:", ...names].join("\n  "));
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  if (sum("failed") > 0) process.exitCode = 1;
}

/**
 * Returns the part of the tests to run, as jest takes it; undefined for all of them.
 *
 * @throws UsageError for another option, and for a part that does not exist
 */
function readShard(): string | undefined {
  let shard: string | undefined;
  try {
    ({ shard } = parseArgs({ options: { shard: { type: "string" } } }).values);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nUsage: npm test [-- --shard=1/3]`);
  }
  if (shard === undefined) return undefined;
  const [, part = 0, parts = 0] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(shard) ?? []).map(Number);
  if (part > 0 && part <= parts) return shard;
  throw new UsageError(`invalid shard ${JSON.stringify(shard)}: must be a part of a whole, such as 1/3`);
}

/** Runs a check; it counts as one test. */
async function check([name, ...args]: (typeof checks)[number]): Promise<Count> {
  const command = [name, ...args].join(" ");
  const passed = (await tool(name, args)) === 0;
  console.log(`${command}: ${passed ? "passed" : "failed"}`);
  return passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, names: [command] };
}

/** Runs the tests of projects and counts them; a suite that could not be loaded counts as a failed test. */
async function jest(projects: readonly string[], ...options: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(temporaryFolder(), `${FOLDER}${process.pid}-`));
  const file = join(folder, "results.json");
  try {
    const args = ["--json", "--outputFile", file, ...options, "--selectProjects", ...projects];
    const exit = await tool("jest", args, { TMPDIR: folder });
    // It could not even begin, and has said why.
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const results = JSON.parse(readFileSync(file, "utf8")) as Results;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest can also fail without a failed test, for example when it finds none.
    return {
      passed: results.numPassedTests,
      failed: exit === 0 ? failed : Math.max(failed, 1),
      names: failures(results),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file system in memory, which Linux has. */
const MEMORY = "/dev/shm";

/** Bytes of it that must be free: several times what all tests have in it at once. */
const ROOM = 8 * 1024 ** 3;

/** The beginning of a folder's name; the id of the process that has created it follows. */
const FOLDER = "heavy-water-tests-";

/**
 * Returns where the tests create their folders: in memory, if there is room. They create and delete a million small
 * files, which takes a tenth of their processor time on a disk (ext4 searches for an inode that was not freed just now).
 */
function temporaryFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  deleteLeftFolders();
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem()) > ROOM && canRunPrograms() ? MEMORY : tmpdir();
}

/** Deletes what this user's runs that were killed have left: it takes memory until the machine stops. */
function deleteLeftFolders(): void {
  for (const name of readdirSync(MEMORY).filter((one) => one.startsWith(FOLDER))) {
    const path = join(MEMORY, name);
    const isOwn = statSync(path, { throwIfNoEntry: false })?.uid === userInfo().uid;
    const isRunning = existsSync(`/proc/${Number.parseInt(name.slice(FOLDER.length), 10)}`);
    if (isOwn && !isRunning) rmSync(path, { recursive: true, force: true });
  }
}

/** Whether programs can be started from there: builds do, and a container can have mounted it `noexec`. */
function canRunPrograms(): boolean {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const [, , , options] = mounts.find((line) => line.split(" ")[1] === MEMORY)?.split(" ") ?? [];
  return options !== undefined && !options.split(",").includes("noexec");
}

function failures({ testResults }: Results): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed") return [`${file}: could not be run${beginning(message)}`];
    return failed.map(
      ({ fullName, failureMessages }) => `${file}: ${fullName}${beginning(failureMessages?.[0])}`,
    );
  });
}

/** Returns the first words of a message as a line below the name; the whole is further up in the output. */
function beginning(message: string | undefined): string {
  if (!message) return "";
  return `\n    ${stripVTControlCharacters(message).replace(/\s+/g, " ").trim().slice(0, 400)}`;
}

function tool(name: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Exit> {
  return execute(join(root, "node_modules/.bin", name), args, {
    cwd: root,
    env,
    // jest --json prints its results to stdout too, and its report to stderr.
    stdout: name === "jest" ? "ignore" : "inherit",
  });
}

runProgram(main);

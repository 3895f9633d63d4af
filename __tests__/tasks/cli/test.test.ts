import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

const project = join(__dirname, "../../..");

/** The runner as one file, which starts in a fraction of the time of its sources. */
const { outputFiles } = buildSync({
  entryPoints: [join(project, "tasks/cli/test.ts")],
  bundle: true,
  platform: "node",
  write: false,
});

/** The runner beside tools that a test makes, each a shell script. */
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "runner-")));
  mkdirSync(join(root, "tasks"));
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  // In the folder of command.ts, which says where the project is.
  writeFileSync(join(root, "tasks/test.js"), outputFiles[0]!.contents);
  for (const name of ["oxlint", "oxfmt"]) tool(name, "exit 0");
  tool(
    "jest",
    results({
      unit: { numPassedTests: 5 },
      "rehearsal e2e": { numPassedTests: 3 },
    }),
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function tool(name: string, script: string): void {
  const file = join(root, "node_modules/.bin", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** A jest that writes these results for each project and ends with `code`. */
function results(projects: Record<string, object>, code = 0): string {
  const cases = Object.entries(projects).map(([project, counts]) => {
    const all = {
      numPassedTests: 0,
      numFailedTests: 0,
      numRuntimeErrorTestSuites: 0,
      testResults: [],
      ...counts,
    };
    return `*"--selectProjects ${project}") printf %s '${JSON.stringify(all)}' > "$3" ;;`;
  });
  return `case "$*" in ${cases.join(" ")} esac\nexit ${code}`;
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "tasks/test.js"), ...args], {
    cwd: project,
    encoding: "utf8",
  });
  return { status, stdout, stderr, last: stdout.trimEnd().split("\n").at(-1) };
}

it("the total has two checks and all tests, and the exit code is 0 if none failed", () => {
  expect(run()).toMatchObject({ status: 0, last: "10 passed, 0 failed" });
});

it("the tests create their folders in one of their run, which is deleted afterwards", () => {
  tool("jest", `test -d "$TMPDIR" && printf %s "$TMPDIR" > "${root}/folder"\nexit 1`);
  expect(run()).toMatchObject({ status: 1 });
  const folder = readFileSync(join(root, "folder"), "utf8");
  expect(folder).toMatch(/\/heavy-water-tests-\d+-\w+$/);
  expect(existsSync(folder)).toBe(false);
});

// Other systems have no file system in memory.
(existsSync("/dev/shm") ? it : it.skip)(
  "what a killed run has left in memory is deleted, not that of another one",
  () => {
    // No process has such a high number.
    const [left, used] = ["4194305-a", `${process.pid}-b`].map(
      (name) => `/dev/shm/heavy-water-tests-${name}`,
    );
    for (const folder of [left!, used!]) mkdirSync(join(folder, "x"), { recursive: true });
    run();
    expect([left!, used!].map((folder) => existsSync(folder))).toEqual([false, true]);
    rmSync(used!, { recursive: true });
  },
);

it("a failed check is counted, and the tests are still run", () => {
  tool("oxlint", "exit 1");
  expect(run()).toMatchObject({ status: 1, last: "9 passed, 1 failed" });
});

it("failed tests and suites that cannot be loaded are counted", () => {
  const unit = { numPassedTests: 3, numFailedTests: 2, numRuntimeErrorTestSuites: 1 };
  tool("jest", results({ unit, "rehearsal e2e": { numPassedTests: 1 } }, 1));
  // The other one ended with 1 without saying why: that is a failure too.
  expect(run()).toMatchObject({ status: 1, last: "6 passed, 4 failed" });
});

it("jest without results is a failure", () => {
  tool("jest", "exit 1");
  expect(run()).toMatchObject({ status: 1, last: "2 passed, 2 failed" });
});

it("everything that failed is named at the end, with the beginning of its message", () => {
  tool("oxfmt", "exit 1");
  const testResults = [
    {
      name: join(root, "__tests__/one.test.ts"),
      status: "failed",
      assertionResults: [
        { status: "passed", fullName: "adds" },
        {
          status: "failed",
          fullName: "divides",
          failureMessages: ["\u001b[31mError\u001b[39m: by zero\n\n  Expected: 1", "another"],
        },
        { status: "failed", fullName: "multiplies", failureMessages: [`Error: ${"9".repeat(500)}`] },
      ],
    },
    {
      name: join(root, "__tests__/two.test.ts"),
      status: "failed",
      message: "No module",
      assertionResults: [],
    },
  ];
  const unit = { numPassedTests: 1, numFailedTests: 2, numRuntimeErrorTestSuites: 1, testResults };
  tool("jest", results({ unit, "rehearsal e2e": { numPassedTests: 1 } }));
  expect(run().stdout).toContain(
    [
      "Failed:",
      "  oxfmt --check .",
      "  __tests__/one.test.ts: divides",
      "    Error: by zero Expected: 1",
      "  __tests__/one.test.ts: multiplies",
      `    Error: ${"9".repeat(393)}`,
      "  __tests__/two.test.ts: could not be run",
      "    No module",
      "",
      "3 passed, 4 failed",
    ].join("\n"),
  );
});

describe("a shard", () => {
  const sharded = (shard: string) =>
    tool(
      "jest",
      `case "$*" in *"--shard=${shard}"*) ;; *) exit 9 ;; esac\n${results({ unit: { numPassedTests: 5 }, "rehearsal e2e": { numPassedTests: 3 } })}`,
    );

  it("runs its part of every project's tests, and the first runs the checks too", () => {
    sharded("1/3");
    expect(run("--shard=1/3")).toMatchObject({ status: 0, last: "10 passed, 0 failed" });
  });

  it("does not repeat the checks of the first", () => {
    sharded("2/3");
    tool("oxlint", "exit 1");
    expect(run("--shard", "2/3")).toMatchObject({ status: 0, last: "8 passed, 0 failed" });
  });

  it.each(["0/3", "4/3", "1", "1/0", "a/b", "1/3/5"])("is refused as %s", (shard) => {
    const { status, stdout, stderr } = run(`--shard=${shard}`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`invalid shard "${shard}": must be a part of a whole, such as 1/3`);
  });

  it("is the only option", () => {
    expect(run("--watch")).toMatchObject({ status: 2, stdout: "" });
    expect(run("--watch").stderr).toContain("Usage: npm test [-- --shard=1/3]");
  });
});

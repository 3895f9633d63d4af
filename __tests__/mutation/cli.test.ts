import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";

const project = join(__dirname, "../..");

/** The command as one file, which starts in a fraction of the time of its sources. */
const { outputFiles } = buildSync({
  entryPoints: [join(project, "mutation/cli.ts")],
  bundle: true,
  platform: "node",
  write: false,
});

/** The command beside two modules, and a Stryker that notes how it was called and writes results. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mutation-"));
  cpSync(join(project, "mutation"), join(root, "mutation"), { recursive: true });
  writeFileSync(join(root, "mutation/cli.js"), outputFiles[0]!.contents);
  for (const file of ["tasks/a.ts", "tasks/permissions/glob.ts", "stacks/names.ts", "lambda-src/api.ts"])
    write(file, "");
  stryker({ Killed: 19, Survived: 1 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** A Stryker that says so of the mutants in tasks/permissions/glob.ts. */
function stryker(counts: Record<string, number>, code = 0): void {
  const mutants = Object.entries(counts).flatMap(([status, count]) =>
    Array.from({ length: count }, () => ({ status })),
  );
  write(
    ".cache/mutation/node_modules/@stryker-mutator/core/bin/stryker.js",
    `const { writeFileSync } = require("node:fs");
     writeFileSync("called", process.argv.slice(2).join(" "));
     writeFileSync(".cache/mutation/results.json", ${JSON.stringify(
       JSON.stringify({ files: { "tasks/permissions/glob.ts": { mutants } } }),
     )});
     process.exitCode = ${code};`,
  );
}

function run(...words: string[]) {
  const cli = [join(root, "mutation/cli.js"), ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, cli, { cwd: root, encoding: "utf8" });
  return { status, stdout, stderr };
}

it("mutates the modules that are named, hands options to Stryker, and shows the score beside the aim", () => {
  const { status, stdout, stderr } = run("glob", "--concurrency=1", "tasks/a.ts");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("| tasks/permissions/glob.ts |   95.0 |       95.0 |  95 |     19 |        1 |");
  expect(readFileSync(join(root, "called"), "utf8")).toBe(
    "run mutation/stryker.config.json --concurrency=1 --mutate tasks/a.ts,tasks/permissions/glob.ts",
  );
});

it("fails where a module is below its aim, and names it", () => {
  stryker({ Killed: 18, Survived: 1, NoCoverage: 1 });
  expect(run("glob")).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/glob\.ts \|\s+90\.0 .*below/) as string,
    stderr: "tasks/permissions/glob.ts: below the aim.\n",
  });
});

it("fails when Stryker does, without a score of an earlier run", () => {
  stryker({ Killed: 20 }, 1);
  expect(run("glob")).toEqual({
    status: 1,
    stdout: "",
    stderr: "Stryker failed. Its output is above.\n",
  });
});

it("starts nothing for a name that is no module", () => {
  expect(run("nothing")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no module "nothing"') as string,
  });
});

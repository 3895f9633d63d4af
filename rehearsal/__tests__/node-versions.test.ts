import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");

/** The programs of the supported versions; npm has none for all kinds of macOS, where the machine's own is tested. */
const versions: [name: string, program: string][] =
  process.platform === "linux"
    ? ["22", "24"].map((version) => [
        `v${version}`,
        join(root, `.cache/node-versions/node_modules/node-${version}-${process.arch}/bin/node`),
      ])
    : [[process.version, process.execPath]];

/** Unit tests that synthesize the stacks, bundle, read settings and start tasks, each with the Node.js they run in. */
const unitTests = ["main", "settings", "tasks/bundle/bundle", "tasks/start", "tasks/barrier/prepare-stack"];

let folder: string;

beforeAll(() => {
  if (process.platform === "linux")
    execFileSync(process.execPath, [join(root, "tasks/setup.mjs"), "node-versions"], { stdio: "inherit" });
  folder = mkdtempSync(join(tmpdir(), "node-versions-"));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of Node.js in the project, with none of the options that jest gives its workers. */
function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** Returns the SHA-256 of the programs that the pipeline would pin, bundled by this Node.js. */
function programsDigest(program: string, name: string): string {
  const out = join(folder, name);
  const script = 'require("./tasks/bundle/bundle.ts").bundle(process.cwd(), process.argv[1])';
  run(program, ["--require", "./tasks/start.cjs", "--eval", script, out]);
  return createHash("sha256")
    .update(readFileSync(join(out, "programs.zip")))
    .digest("hex");
}

describe.each(versions)("Node.js %s", (name, program) => {
  it("is what is tested", () => {
    expect(run(program, ["--version"])).toMatch(new RegExp(`^${name}\\b`));
  });

  it("pins the programs that any other version pins, so that no update of Node.js is a change of the pipeline", () => {
    expect(programsDigest(program, name)).toBe(programsDigest(process.execPath, "own"));
  });

  it("passes the unit tests of what runs in Node.js", () => {
    const files = unitTests.map((test) => `__tests__/${test}.test.ts`);
    const said = run(program, ["node_modules/jest/bin/jest.js", ...files, "--selectProjects", "unit"]);
    expect(said).toMatch(new RegExp(`^Test Suites: +${files.length} passed, ${files.length} total$`, "m"));
  }, 300_000);
});

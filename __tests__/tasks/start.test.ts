import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const root = join(__dirname, "../..");
/** A program in the project, where Node.js finds the packages. */
const ownFile = join(root, `.cache/start-test-${process.pid}.ts`);
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "start-")));
});
afterEach(() => {
  for (const path of [folder, ownFile]) rmSync(path, { recursive: true, force: true });
});

/** Runs a TypeScript file as the scripts of package.json do, with settings of its own. */
function run(file: string, { args = [], preload = ["--require", "./tasks/start.cjs"] }: Options = {}) {
  const { PATH, HOME } = process.env;
  const settings = {
    hw_stack_name: "start",
    hw_stack_bucket_name: "start-documents",
    pipeline_bucket_name: "start-artifacts",
    pipeline_githubOwner: "owner",
    pipeline_githubRepo: "repository",
  };
  return spawnSync(process.execPath, [...preload, file, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { PATH, HOME, AWS_EC2_METADATA_DISABLED: "true", ...settings },
  });
}

interface Options {
  args?: readonly string[];
  preload?: readonly string[];
}

/** Runs a file with a watch that prints each package of a pattern when Node.js loads it. */
function runWatched(packages: string, file: string, ...args: string[]) {
  const watch = join(folder, "watch.cjs");
  writeFileSync(
    watch,
    `const Module = require("node:module");
     const compile = Module.prototype._compile;
     Module.prototype._compile = function (code, path) {
       const [, name] = ${new RegExp(`node_modules/(${packages})/`)}.exec(path) ?? [];
       if (name !== undefined) require("node:fs").writeSync(1, "loads " + name + "\\n");
       return compile.call(this, code, path);
     };`,
  );
  return run(file, { args, preload: ["--require", "./tasks/start.cjs", "--require", watch] });
}

function write(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join("\n"));
  return file;
}

function inProject(...lines: string[]): string {
  writeFileSync(ownFile, lines.join("\n"));
  return ownFile;
}

describe("a script of package.json", () => {
  it("is started with tasks/start.cjs if it runs TypeScript", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const started = Object.values(scripts).flatMap((script) => script.match(/node [^&]*\.ts\b/g) ?? []);
    expect(started.length).toBeGreaterThan(10);
    for (const command of started) expect(command).toContain("--require ./tasks/start.cjs ");
  });

  it.each([
    "rehearsal/src/cli.ts --help",
    "tasks/cli/diff.ts --unknown",
    "tasks/cli/env.ts list too many",
    "tasks/cli/provenance.ts",
    "tasks/cli/rollback.ts one two",
    "tasks/cli/state-recover.ts one two",
    "tasks/cli/state-unlock.ts one two",
  ])("prints its usage without loading the AWS SDK: %s", (command) => {
    const [file = "", ...args] = command.split(" ");
    const { stdout, stderr } = runWatched("@aws-sdk", file, ...args);
    expect(stdout + stderr).toMatch(/npm run \w+|Unknown option/);
    expect(stdout).not.toContain("loads");
  });

  it("prints a line before it loads the AWS SDK", () => {
    const { stdout, stderr } = runWatched("@aws-sdk", "tasks/cli/bootstrap.ts");
    expect(stdout).toMatch(/^\nChecking the AWS credentials\.\nloads @aws-sdk\n/);
    expect(stderr).toContain("No AWS account answers");
  });
});

describe("a TypeScript program", () => {
  it("is compiled once, and again when it changes", () => {
    const printing = (text: string) =>
      write("program.ts", `const text: string = "${text}";`, "console.log(text);");
    const own = [folder, "first"].join();
    expect(runWatched("esbuild", printing(own)).stdout).toBe(`loads esbuild\n${own}\n`);
    expect(runWatched("esbuild", printing(own)).stdout).toBe(`${own}\n`);
    const other = [folder, "other"].join();
    expect(runWatched("esbuild", printing(other)).stdout).toBe(`loads esbuild\n${other}\n`);
  });

  it("is compiled once with its copies, and names the lines of the copy that runs", () => {
    mkdirSync(join(folder, "copy"));
    const lines = ["type Unused = 1;", `throw new Error("${folder}");`];
    const [file, copy] = [write("program.ts", ...lines), write("copy/program.ts", ...lines)];
    expect(run(file).stderr).toContain(`${file}:2:7`);
    const { stdout, stderr } = runWatched("esbuild", copy);
    expect(stdout).toBe("");
    expect(stderr).toContain(`${copy}:2:7`);
  });

  it("is deleted from what is kept after a month, when another one is compiled", () => {
    const old = join(root, `.cache/typescript/${basename(folder)}.js`);
    writeFileSync(old, "");
    utimesSync(old, 0, 0);
    run(write("program.ts", `console.log("${folder}");`));
    expect(existsSync(old)).toBe(false);
  });

  it("names the lines of its source in the stack of an error", () => {
    write(
      "thrower.ts",
      "interface Unused {",
      "  a: 1;",
      "}",
      "export function fail() {",
      "  throw new Error('why');",
      "}",
    );
    const file = write("program.ts", 'import { fail } from "./thrower";', "", "type Unused = 1;", "fail();");
    const { stderr, status } = run(file);
    expect(status).toBe(1);
    expect(stderr).toContain("Error: why\n");
    expect(stderr).toContain(`at fail (${join(folder, "thrower.ts")}:5:9)`);
    expect(stderr).toContain(`(${file}:4:1)`);
  });

  it("has the exports of a package that is loaded late: to construct, to compare with, to list", () => {
    const file = inProject(
      'import * as yaml from "yaml";',
      'import { Document, parse } from "yaml";',
      "console.log(parse('a: 1').a, new Document() instanceof Document, 'parse' in yaml, typeof yaml.parse);",
    );
    expect(run(file)).toMatchObject({ stdout: "1 true true function\n", stderr: "" });
  });

  it("gets no warning of the AWS SDK about Node.js versions", () => {
    const sdk = JSON.stringify(require.resolve("@aws-sdk/client-s3"));
    const file = write(
      "client.cjs",
      // As on the oldest Node.js that is supported, whichever runs the test.
      'Object.defineProperty(process, "version", { value: "v20.19.0" });',
      `const { S3Client } = require(${sdk});`,
      'new S3Client({ region: "eu-west-1" });',
    );
    expect(run(file, { preload: [] }).stderr).toContain("will require node >=22");
    expect(run(file)).toMatchObject({ status: 0, stderr: "" });
  });
});

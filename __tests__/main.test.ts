import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { settingNames } from "../settings";
import { functionNames } from "../stacks/functions";
import { environment } from "./support/settings";

const project = join(__dirname, "..");
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

let folder: string;
let root: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "main-")));
  root = copy("checkout");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A checkout of its own with what synth needs; what is in the functions' bundles is not synth's business. */
function copy(name: string): string {
  const to = join(folder, name);
  mkdirSync(join(to, "dist/lambda"), { recursive: true });
  for (const path of [
    "main.ts",
    "settings.ts",
    "setting-values.ts",
    "invocation.ts",
    "stacks",
    "buildspecs",
    "tasks/app.mjs",
    "tasks/start",
    "cdktf.json",
  ]) {
    cpSync(join(project, path), join(to, path), { recursive: true });
  }
  symlinkSync(join(project, "node_modules"), join(to, "node_modules"));
  for (const bundle of [...functionNames.map((name) => `lambda/${name}`), "programs"])
    writeFileSync(join(to, `dist/${bundle}.zip`), bundle);
  return to;
}

/** Runs the app as `cdktf` does, with these settings and none of the machine that runs the tests. */
function synthesize(at: string, settings: NodeJS.ProcessEnv = environment) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|CODEBUILD_|CDKTF_|hw_)/.test(name) && !(settingNames as string[]).includes(name),
  );
  rmSync(join(at, "cdktf.out"), { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tasks/app.mjs"], {
    cwd: at,
    encoding: "utf8",
    env: { ...Object.fromEntries(own), ...settings },
  });
  return { status, stdout, stderr };
}

/** Every file below `cdktf.out`, by its path. */
function output(at: string): Map<string, Buffer> {
  const out = join(at, "cdktf.out");
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [relative(out, file), readFileSync(file)]),
  );
}

it("main.ts is short", () => {
  expect(readFileSync(join(project, "main.ts"), "utf8").trimEnd().split("\n").length).toBeLessThan(60);
});

describe("with good settings", () => {
  let result: ReturnType<typeof synthesize>;
  let files: Map<string, Buffer>;
  beforeAll(() => {
    result = synthesize(root, {
      ...environment,
      CODEBUILD_RESOLVED_SOURCE_VERSION: COMMIT,
      // As it is set in builds and on many workstations: Terraform takes it from there, the stacks do not.
      AWS_REGION: "eu-north-1",
      AWS_DEFAULT_REGION: "eu-north-1",
    });
    files = output(root);
  }, 60_000);

  it("synthesizes the state, the pipeline and a service for each environment, and says nothing", () => {
    expect(result).toEqual({ status: 0, stdout: "", stderr: "" });
    const { stacks } = JSON.parse(String(files.get("manifest.json"))) as { stacks: Record<string, unknown> };
    expect(Object.keys(stacks).sort()).toEqual(["pipeline", "service-dev", "service-prod", "state"]);
  });

  it("names the commit in the services and nowhere else: a commit alone must not change the pipeline", () => {
    const naming = [...files].filter(([, content]) => content.includes(COMMIT)).map(([path]) => path);
    expect(naming).toEqual(["stacks/service-dev/cdk.tf.json", "stacks/service-prod/cdk.tf.json"]);
  });

  it("writes no path of the machine, so that what one machine made another can deploy", () => {
    expect(files.size).toBeGreaterThanOrEqual(5);
    for (const [path, content] of files) {
      expect({ path, naming: content.includes(folder) || content.includes(project) }).toEqual({
        path,
        naming: false,
      });
    }
  });

  it("names no account, region or partition: they are those of the credentials when Terraform runs", () => {
    const stacks = [...files].filter(([path]) => path.endsWith("cdk.tf.json"));
    expect(stacks).toHaveLength(4);
    for (const [path, content] of stacks) {
      const { provider, data } = JSON.parse(String(content)) as {
        provider: { aws: unknown };
        data: Record<string, Record<string, object>>;
      };
      // IAM's events are in us-east-1 alone, wherever the stack is: the state stack forwards them from there.
      const forwarding: unknown[] =
        path === "stacks/state/cdk.tf.json"
          ? [expect.objectContaining({ alias: "us-east-1", region: "us-east-1" })]
          : [];
      expect({ path, aws: provider.aws }).toEqual({ path, aws: [{}, ...forwarding] });
      for (const type of ["aws_caller_identity", "aws_region", "aws_partition"]) {
        // cdktf's own note on where a block comes from is in "//"; nothing else may be there.
        const blocks = Object.values(data[type] ?? {}).map((block) => Object.keys(block));
        expect([path, type, blocks]).toEqual([path, type, [["//"]]]);
      }
      // A threshold in bytes can have as many digits as an account's number.
      const text = String(content).replace(/"threshold": \d+/g, "");
      const named =
        /\b\d{12}\b|\b[a-z]{2}(-gov|-iso[a-z]?)?-(north|south|east|west|central)+-\d\b|\barn:aws/.exec(
          forwarding.length > 0 ? text.replaceAll("us-east-1", "") : text,
        )?.[0];
      expect([path, named]).toEqual([path, undefined]);
    }
  });

  it("writes the same bytes again, in another folder too, and others for another setting", () => {
    const elsewhere = copy("deeper/elsewhere");
    const same = { ...environment, CODEBUILD_RESOLVED_SOURCE_VERSION: COMMIT };
    synthesize(elsewhere, same);
    expect([...output(elsewhere).keys()]).toEqual([...files.keys()]);
    for (const [path, content] of output(elsewhere)) {
      expect({ path, same: content.equals(files.get(path)!) }).toEqual({ path, same: true });
    }
    synthesize(elsewhere, { ...same, hw_stack_name: "other" });
    const path = "stacks/pipeline/cdk.tf.json";
    expect(output(elsewhere).get(path)?.equals(files.get(path)!)).toBe(false);
  }, 60_000);
});

it("wrong settings end it with one message about all of them, and nothing is written", () => {
  const { status, stdout, stderr } = synthesize(root, {
    ...environment,
    hw_stack_name: "2hw",
    pipeline_githubRepo: "",
    pipeline_manual_approval: "yes",
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain('hw_stack_name is "2hw"');
  expect(stderr).toContain("pipeline_githubRepo is missing");
  expect(stderr).toContain('pipeline_manual_approval is "yes"');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(join(root, "cdktf.out"))).toBe(false);
}, 60_000);

it("settings are taken from .env, and what the environment says wins", () => {
  const at = copy("with-env-file");
  const lines = Object.entries({ ...environment, hw_stack_name: "from-file" });
  writeFileSync(join(at, ".env"), lines.map(([name, value]) => `${name}=${value}\n`).join(""));
  const name = () => {
    const state = String(output(at).get("stacks/state/cdk.tf.json"));
    return ["from-file", "from-shell"].filter((name) => state.includes(`/${name}/`));
  };
  expect(synthesize(at, {}).stderr).toBe("");
  expect(name()).toEqual(["from-file"]);
  expect(synthesize(at, { hw_stack_name: "from-shell" }).stderr).toBe("");
  expect(name()).toEqual(["from-shell"]);
}, 60_000);

describe("the kept app", () => {
  let at: string;
  let runs = 0;
  beforeEach(() => {
    at = copy(`kept-${++runs}`);
  });
  const printed = () => synthesize(at).stdout;
  const write = (program: string) => writeFileSync(join(at, "main.ts"), program);
  /** The first run bundles, the second one keeps what V8 compiled, the third one has both. */
  const printedThrice = () => [printed(), printed(), printed()];

  it("runs again without esbuild", () => {
    write('console.log("kept");');
    expect(printedThrice()).toEqual(["kept\n", "kept\n", "kept\n"]);
    rmSync(join(at, "node_modules"));
    expect(printed()).toBe("kept\n");
  });

  it("is bundled again when a source changes, even to as many letters, and back", () => {
    write('import { text } from "./text";\nconsole.log(text);');
    for (const text of ["first", "other", "first"]) {
      writeFileSync(join(at, "text.ts"), `export const text: string = "${text}";`);
      expect(printedThrice()).toEqual([`${text}\n`, `${text}\n`, `${text}\n`]);
    }
  });

  it("is bundled again when a source is deleted", () => {
    mkdirSync(join(at, "text"));
    writeFileSync(join(at, "text/index.ts"), 'export const text = "folder";');
    writeFileSync(join(at, "text.ts"), 'export const text = "file";');
    write('import { text } from "./text";\nconsole.log(text);');
    expect(printedThrice()).toContain("file\n");
    rmSync(join(at, "text.ts"));
    expect(printed()).toBe("folder\n");
  });

  it("is bundled again when a package changes", () => {
    const file = join(at, "node_modules/constant/index.js");
    const packages = readdirSync(join(project, "node_modules"), { withFileTypes: true });
    rmSync(join(at, "node_modules"));
    mkdirSync(join(at, "node_modules/constant"), { recursive: true });
    for (const { name } of packages)
      symlinkSync(join(project, "node_modules", name), join(at, "node_modules", name));
    write('import text from "constant";\nconsole.log(text);');
    writeFileSync(file, 'module.exports = "one";');
    expect(printedThrice()).toContain("one\n");
    writeFileSync(file, 'module.exports = "second";');
    expect(printed()).toBe("second\n");
  });

  it("runs when what V8 compiled is damaged", () => {
    write('console.log("kept");');
    printedThrice();
    const compiled = join(at, ".cache/app/app.js.compiled");
    writeFileSync(compiled, readFileSync(compiled).subarray(0, 100));
    expect(printedThrice()).toEqual(["kept\n", "kept\n", "kept\n"]);
  });

  it("names the lines of the sources in the stack of an error, from the first run on", () => {
    write('interface Unused {\n  a: 1;\n}\nthrow new Error("why");');
    for (let run = 0; run < 3; run++) {
      const { status, stderr } = synthesize(at);
      expect(status).toBe(1);
      expect(stderr).toContain("Error: why\n");
      expect(stderr).toContain(`${join(at, "main.ts")}:4:7`);
    }
  });
});

it("without the functions' bundles it says what to run", () => {
  const at = copy("unbundled");
  rmSync(join(at, "dist"), { recursive: true });
  const { status, stderr } = synthesize(at);
  expect(status).toBe(1);
  expect(stderr).toContain("npm run bundle");
}, 60_000);

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const project = join(__dirname, "../..");

/** A secret that must not be found in anything that is printed. */
const CANARY = "ghp_canary0123456789";

const LOUD = [
  ["TF_LOG", "DEBUG"],
  ["TF_LOG", "trace"],
  ["TF_LOG", "JSON"],
  ["TF_LOG", "1"],
  ["TF_LOG_CORE", "DEBUG"],
  ["TF_LOG_PROVIDER", "DEBUG"],
  ["TF_LOG_PROVIDER_AWS", "TRACE"],
  ["TF_LOG_SDK_PROTO", "TRACE"],
] as const;

const LOUD_FOR_TASKS = [
  ...LOUD,
  ["CDKTF_LOG_LEVEL", "debug"],
  ["CDKTF_LOG_LEVEL", "all"],
  ["NODE_DEBUG", "http"],
  ["GIT_TRACE_CURL", "1"],
  ["GIT_CURL_VERBOSE", "1"],
] as const;

const QUIET = [
  ["TF_LOG", "INFO"],
  ["TF_LOG", "off"],
  ["TF_LOG", ""],
  ["TF_LOG_PATH", "/tmp/terraform.log"],
  ["CDKTF_LOG_LEVEL", "warn"],
] as const;

/** Prints its environment, as a debug log does with what is in a request. */
function start(name: string, value: string) {
  const env = { PATH: process.env.PATH, githubAccessToken: CANARY, [name]: value };
  const program = "console.log(process.env.githubAccessToken)";
  return spawnSync(process.execPath, ["--import", "./tasks/start.mjs", "--eval", program], {
    cwd: project,
    env,
    encoding: "utf8",
  });
}

describe("a task", () => {
  test.each(LOUD_FOR_TASKS)("is not started with %s=%s, which would print secrets", (name, value) => {
    const { status, stdout, stderr } = start(name, value);
    expect([status, stdout]).toEqual([2, expect.not.stringContaining(CANARY)]);
    expect(stderr).toContain(`${name}: a log of this kind prints the GitHub token`);
    expect(stderr).toContain("TF_LOG=INFO");
    expect(stderr).not.toContain(CANARY);
  });

  test.each(QUIET)("is started with %s=%s", (name, value) => {
    expect(start(name, value).stdout).toContain(CANARY);
  });

  test("is always started by what refuses that, whatever its command", () => {
    const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    // They read no secret.
    const others = ["test:unit", "test:rehearsal", "check", "format", "synth"];
    const started = Object.entries(scripts).filter(([name]) => !others.includes(name));
    for (const [name, command] of started)
      expect([name, command]).toEqual([name, expect.stringContaining("start.mjs")]);
  });
});

describe("Terraform", () => {
  let tools: string;
  beforeAll(() => {
    tools = mkdtempSync(join(tmpdir(), "debug-logs-"));
    const version = readFileSync(join(project, ".terraform-version"), "utf8").trim();
    writeFileSync(
      join(tools, "terraform"),
      `#!/bin/sh\necho "Terraform v${version}"\necho "$githubAccessToken"\n`,
    );
    chmodSync(join(tools, "terraform"), 0o755);
  });
  afterAll(() => rmSync(tools, { recursive: true }));

  const run = (command: string, name: string, value: string) =>
    spawnSync("sh", ["-c", command], {
      cwd: project,
      env: { PATH: [tools, process.env.PATH].join(delimiter), githubAccessToken: CANARY, [name]: value },
      encoding: "utf8",
    });

  describe.each([
    ["as cdktf calls it", "sh buildspecs/terraform-or-fail.sh apply"],
    ["as a build calls it", ". buildspecs/terraform.sh && terraform apply"],
  ])("%s", (_, command) => {
    test.each(LOUD)("is not called with %s=%s, which .env or a build's variables can have", (name, value) => {
      const { status, stdout, stderr } = run(command, name, value);
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`${name}: a debug log of Terraform prints secrets.`);
    });

    test.each(QUIET)("is called with %s=%s", (name, value) => {
      expect(run(command, name, value).stdout).toContain(CANARY);
    });
  });

  test("is sourced with that check by every build that runs it", () => {
    const using = execFileSync(
      "grep",
      ["-lE", "terraform (init|plan|apply|-chdir)|cdktf", "-r", "buildspecs", "--include=*.yml"],
      {
        cwd: project,
        encoding: "utf8",
      },
    );
    for (const file of using.trim().split("\n")) {
      expect([file, readFileSync(join(project, file), "utf8")]).toEqual([
        file,
        expect.stringContaining(". buildspecs/terraform.sh"),
      ]);
    }
  });
});

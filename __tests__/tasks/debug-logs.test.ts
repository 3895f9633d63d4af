import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  return spawnSync(process.execPath, ["--require", "./tasks/start.cjs", "--eval", program], {
    cwd: project,
    env,
    encoding: "utf8",
  });
}

describe("a task", () => {
  it.each(LOUD)("is not started with %s=%s, which would print secrets", (name, value) => {
    const { status, stdout, stderr } = start(name, value);
    expect([status, stdout]).toEqual([2, expect.not.stringContaining(CANARY)]);
    expect(stderr).toContain(`${name}: a log of this kind prints the GitHub token`);
    expect(stderr).toContain("TF_LOG=INFO");
    expect(stderr).not.toContain(CANARY);
  });

  it.each(QUIET)("is started with %s=%s", (name, value) => {
    expect(start(name, value).stdout).toContain(CANARY);
  });

  it("is always started through the check, whatever its command", () => {
    const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    // They read no secret.
    const others = ["test:unit", "test:rehearsal", "check", "check:rehearsal", "format", "synth"];
    const started = Object.entries(scripts).filter(([name]) => !others.includes(name));
    for (const [name, command] of started)
      expect([name, command]).toEqual([name, expect.stringContaining("start.cjs")]);
  });
});

it("a task is not started when .env asks for such a log", () => {
  const folder = mkdtempSync(join(tmpdir(), "debug-logs-"));
  try {
    writeFileSync(join(folder, ".env"), "CDKTF_LOG_LEVEL=debug\n");
    const start = join(project, "tasks/start.cjs");
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, ["--require", start, "--eval", "0"], {
        cwd: folder,
        env: { PATH: process.env.PATH, ...env },
        encoding: "utf8",
      });
    expect(run({})).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("CDKTF_LOG_LEVEL:") as string,
    });
    // The environment wins over .env.
    expect(run({ CDKTF_LOG_LEVEL: "warn" })).toMatchObject({ status: 0, stderr: "" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe.each(["sh", "bash"])("a build in %s", (shell) => {
  const run = (name: string, value: string) =>
    spawnSync(shell, ["-c", '. buildspecs/debug-logs.sh && echo "$githubAccessToken"'], {
      cwd: project,
      env: { PATH: process.env.PATH, githubAccessToken: CANARY, [name]: value },
      encoding: "utf8",
    });

  it.each(LOUD)("stops with %s=%s, which would print secrets", (name, value) => {
    const { status, stdout, stderr } = run(name, value);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`${name}: a log of this kind prints secrets.`);
  });

  it.each(QUIET)("continues with %s=%s", (name, value) => {
    expect(run(name, value).stdout).toContain(CANARY);
  });
});

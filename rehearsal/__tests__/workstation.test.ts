import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { Workstation, WorkstationError, lastLines } from "../src/workstation";
import { SessionLog } from "../src/session-log";
import { startGitHub, type GitHub } from "../src/github/server";

const TOKEN = "ghp_theTokenOfThisTest";

/** Variables of the user, which the rehearsal must not use. */
const personal = {
  AWS_PROFILE: "production",
  AWS_SESSION_TOKEN: "personal",
  GITHUB_TOKEN: "personal",
  GH_TOKEN: "personal",
  TF_VAR_name: "personal",
  CODEBUILD_BUILD_ID: "personal",
  hw_stack_name: "personal",
  hw_state_backend: "personal",
  pipeline_githubRepo: "personal",
  codebuild_role_arn: "personal",
  service_auth: "personal",
  githubAccessToken: "personal",
};

/** Writes all it can see of its environment. */
const REPORT = `
const { writeFileSync } = require("node:fs");
writeFileSync("environment.json", JSON.stringify(process.env));
console.log("\\u001b[31mfirst\\u001b[0m\\n\\nlast");
console.error("to stderr");
process.exit(Number(process.env.EXIT_CODE));
`;

const outer = { ...process.env };
let folder: string;
let root: string;
let gitHub: GitHub;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "workstation-"));
  root = join(folder, "checkout");
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(
    join(root, "package.json"),
    JSON.stringify({ scripts: { bootstrap: "node report.js", status: "node report.js" } }),
  );
  writeFileSync(join(root, "report.js"), REPORT);
  writeFileSync(join(root, ".gitignore"), "node_modules\n");
  git("init", "--quiet", "--initial-branch=work");
  git("add", "--all");
  git("commit", "--quiet", "--message", "One");
  writeFileSync(join(root, "uncommitted"), "");
  gitHub = await startGitHub({
    owner: "acme",
    repository: "api",
    token: TOKEN,
    folder: join(folder, "hub"),
    log: new SessionLog(folder),
  });
  recordGit();
  Object.assign(process.env, personal, { HOME: folder, COLOUR: "blue" });
});
afterEach(async () => {
  process.env = { ...outer };
  await gitHub.stop();
  rmSync(folder, { recursive: true, force: true });
});

function git(...args: string[]): string {
  const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  return execFileSync("git", [...author, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { PATH: outer.PATH, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: "1" },
  }).trim();
}

/** Puts a git first on the PATH that writes down its arguments, and then does what it is asked. */
function recordGit(): void {
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$*" >> "${folder}/arguments"\nexec "${real}" "$@"\n`);
  chmodSync(join(bin, "git"), 0o755);
  process.env.PATH = `${bin}:${outer.PATH}`;
}

const open = (environment: Record<string, string> = {}) =>
  Workstation.open({
    root,
    folder,
    gitUrl: gitHub.gitUrl,
    githubToken: TOKEN,
    environment: { EXIT_CODE: "0", AWS_REGION: "eu-west-1", hw_stack_name: "hw", ...environment },
  });

const environmentOf = (workstation: Workstation) =>
  JSON.parse(readFileSync(join(workstation.clone, "environment.json"), "utf8")) as Record<string, string>;

describe("the workstation", () => {
  it("has the checked-out commit, no uncommitted change, and the installed packages", async () => {
    const workstation = await open();
    expect(await workstation.head()).toBe(git("rev-parse", "HEAD"));
    expect(existsSync(join(workstation.clone, "report.js"))).toBe(true);
    expect(existsSync(join(workstation.clone, "uncommitted"))).toBe(false);
    expect(existsSync(join(workstation.clone, "node_modules"))).toBe(true);
  });

  it("gives commands the rehearsal's settings, and no personal ones", async () => {
    const workstation = await open();
    await workstation.bootstrap();
    const seen = environmentOf(workstation);
    expect(Object.values(seen)).not.toContain("personal");
    expect(Object.keys(seen)).not.toContain("AWS_PROFILE");
    expect(seen).toMatchObject({
      AWS_REGION: "eu-west-1",
      hw_stack_name: "hw",
      COLOUR: "blue",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    });
  });

  it("pushes to the branch, with a token that no process list shows", async () => {
    const workstation = await open();
    await workstation.push("main");
    const bare = join(folder, "hub/acme/api.git");
    expect(git("-C", bare, "rev-parse", "refs/heads/main")).toBe(await workstation.head());
    const seen = readFileSync(join(folder, "arguments"), "utf8");
    expect(seen).toContain("push");
    expect(seen).not.toContain(TOKEN);
    expect(seen).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString("base64"));
  });

  it("leaves the checkout it was cloned from unchanged, even if git's variables point there", async () => {
    // As in a hook of the checkout.
    process.env.GIT_DIR = join(root, ".git");
    const workstation = await open();
    await workstation.git("checkout", "--quiet", "-b", "elsewhere");
    expect(git("branch", "--format=%(refname:short)")).toBe("work");
    await workstation.bootstrap();
    expect(git("status", "--porcelain")).toBe("?? uncommitted");
  });

  it("fails with the exit code, the log and its last lines if bootstrap fails", async () => {
    const workstation = await open({ EXIT_CODE: "3" });
    const error = await workstation.bootstrap().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(WorkstationError);
    const { message, log, lastLines } = error as WorkstationError;
    expect(message).toMatch(/npm run bootstrap ended with 3/);
    expect(lastLines).toContain("last");
    expect(lastLines).toContain("to stderr");
    expect(readFileSync(log, "utf8")).toContain("to stderr");
  });

  it("has GitHub as its origin, also after it was restored from a session with another address", async () => {
    const workstation = await open();
    const origin = async () => (await workstation.git("remote", "get-url", "origin")).trim();
    expect(await origin()).toBe(gitHub.gitUrl);
    const gitUrl = "http://127.0.0.1:1/another.git";
    await Workstation.reopen({ root, folder, gitUrl, githubToken: TOKEN, environment: {} });
    expect(await origin()).toBe(gitUrl);
  });

  it.each(["0", "1"])("returns the status without colours, also with the exit code %s", async (EXIT_CODE) => {
    const workstation = await open({ EXIT_CODE });
    expect(await workstation.status()).toBe("first\n\nlast");
  });

  it("fails with the reason if the status prints nothing", async () => {
    const workstation = await open();
    writeFileSync(join(workstation.clone, "report.js"), 'console.error("There is no pipeline.");');
    await expect(workstation.status()).rejects.toThrow("npm run status: There is no pipeline.");
  });

  it("appends every bootstrap to one log", async () => {
    const workstation = await open();
    await workstation.bootstrap();
    await workstation.bootstrap();
    const log = readFileSync(join(folder, "bootstrap.log"), "utf8");
    expect(log.match(/to stderr/g)).toHaveLength(2);
  });

  it("fails if the checkout cannot be cloned", async () => {
    rmSync(join(root, ".git"), { recursive: true });
    await expect(open()).rejects.toThrow(/does not exist|not a git repository/i);
  });

  it("returns the last lines of a log without colours and empty lines", async () => {
    const log = join(folder, "a.log");
    writeFileSync(log, "one\n\u001b[31mtwo\u001b[0m\n\n  \nthree\n");
    expect(await lastLines(log, 2)).toBe("two\nthree");
    expect(await lastLines(log)).toBe("one\ntwo\nthree");
  });
});

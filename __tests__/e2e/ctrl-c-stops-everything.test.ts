import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { copyProject } from "./local-api";
import { NpmProcess } from "./npm-process";

jest.setTimeout(5 * 60_000);

const STOPPING = "Stopping…";

let root: string;
let npm: NpmProcess;

/** Starts `npm run rehearse` of a commit whose bootstrap never ends. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ctrl-c-"));
  copyProject(root, ["rehearsal", "tasks", "stacks"], "rehearse", { bootstrap: "sleep 600" });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: root });
  git("init", "--quiet");
  git("add", "package.json");
  git("commit", "--quiet", "--message", "One");
  mkdirSync(join(root, ".rehearsal"));
  npm = new NpmProcess(root, "rehearse");
});

afterEach(() => {
  npm.kill();
  rmSync(root, { recursive: true, force: true });
});

async function bootstraps(): Promise<void> {
  const sessions = join(root, ".rehearsal");
  await npm.whileRunning("bootstrap starts", () =>
    readdirSync(sessions).some((name) => existsSync(join(sessions, name, "bootstrap.log"))),
  );
}

async function expectNothingLeft(): Promise<void> {
  await npm.exit();
  await npm.descendantsExit();
  expect(readdirSync(join(root, ".rehearsal"))).toEqual([]);
  expect(npm.printed).not.toMatch(/error/i);
}

/** Returns the process of the rehearsal itself, below npm and its shell. */
function rehearsalProcess(): number {
  const pids = execFileSync("pgrep", ["-f", "rehearsal/src/cli.ts", "-g", String(npm.group)], {
    encoding: "utf8",
  });
  return Number(pids.trim().split("\n").at(-1));
}

describe("Ctrl-C", () => {
  it.each([
    ["before anything has started", () => npm.prints("Watch it in a browser")],
    ["while bootstrap runs", bootstraps],
  ])("stops everything %s", async (_, moment) => {
    await moment();
    npm.ctrlC();
    await expectNothingLeft();
  });

  it("counts once when both npm and the terminal send it to the same process", async () => {
    await bootstraps();
    npm.ctrlC();
    await npm.prints(STOPPING);
    npm.ctrlC();
    await expectNothingLeft();
    expect(npm.printed.split(STOPPING)).toHaveLength(2);
  });

  it("stops a rehearsal that is too busy to react immediately", async () => {
    await bootstraps();
    const pid = rehearsalProcess();
    process.kill(pid, "SIGSTOP");
    npm.ctrlC();
    await sleep(500);
    process.kill(pid, "SIGCONT");
    await expectNothingLeft();
    expect(npm.printed).toContain(STOPPING);
  });
});

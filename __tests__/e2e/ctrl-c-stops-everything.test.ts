import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findDescendants } from "../../rehearsal/src/orphan-processes";

const project = resolve(__dirname, "../..");
jest.setTimeout(5 * 60_000);

let root: string;
let npm: ChildProcess;
let printed: string;
const mark = randomUUID();

/** `npm run rehearse` of a commit whose bootstrap takes for ever, in a process group as a shell makes it. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ctrl-c-"));
  for (const name of ["rehearsal", "tasks"])
    cpSync(join(project, name), join(root, name), { recursive: true });
  for (const name of ["node_modules", ".cache"]) symlinkSync(join(project, name), join(root, name));
  const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  // The packages are those of the checkout around it.
  const [, rehearse] = scripts.rehearse!.split("node tasks/setup.mjs rehearsal && ");
  writeFileSync(
    join(root, "package.json"),
    JSON.stringify({ scripts: { rehearse, bootstrap: "sleep 600" } }),
  );
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: root });
  git("init", "--quiet");
  git("add", "package.json");
  git("commit", "--quiet", "--message", "One");
  mkdirSync(join(root, ".rehearsal"));
  printed = "";
  npm = spawn("npm", ["run", "--silent", "rehearse"], {
    cwd: root,
    env: { ...process.env, REHEARSAL_PROCESS: mark },
    detached: true,
  });
  for (const stream of [npm.stdout, npm.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  }
});

afterEach(() => {
  for (const { pid } of findDescendants(npm.pid!, mark)) process.kill(pid, "SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

/** What a terminal does: it tells everything in the foreground. */
function ctrlC(): void {
  process.kill(-npm.pid!, "SIGINT");
}

async function prints(text: string): Promise<void> {
  while (!printed.includes(text)) {
    if (npm.exitCode !== null) throw new Error(`It ended with ${npm.exitCode}:\n${printed}`);
    await pause(20);
  }
}

async function bootstraps(): Promise<void> {
  const isThere = () =>
    readdirSync(join(root, ".rehearsal")).some((name) =>
      existsSync(join(root, ".rehearsal", name, "bootstrap.log")),
    );
  while (!isThere()) {
    if (npm.exitCode !== null) throw new Error(`It ended with ${npm.exitCode}:\n${printed}`);
    await pause(20);
  }
}

/** npm need not wait for what it ran. */
async function leavesNothing(): Promise<void> {
  if (npm.exitCode === null && npm.signalCode === null) await once(npm, "exit");
  for (let tries = 0; findDescendants(npm.pid!, mark).length > 0 && tries < 600; tries++) await pause(100);
  expect(findDescendants(npm.pid!, mark)).toEqual([]);
  expect(readdirSync(join(root, ".rehearsal"))).toEqual([]);
  expect(printed).not.toMatch(/error/i);
}

/** The process of the rehearsal itself, below npm and its shell. */
function rehearsing(): number {
  const pids = execFileSync("pgrep", ["-f", "rehearsal/src/cli.ts", "-g", String(npm.pid)], {
    encoding: "utf8",
  });
  return Number(pids.trim().split("\n").at(-1));
}

it.each([
  ["when nothing has started yet", () => prints("Watch it in a browser")],
  ["while bootstrap runs", bootstraps],
])("%s", async (_, moment) => {
  await moment();
  ctrlC();
  await leavesNothing();
});

it("is one press when npm passes it on to a process that the terminal has told already", async () => {
  await bootstraps();
  ctrlC();
  await prints("Ending what was started");
  ctrlC();
  await leavesNothing();
  expect(printed.match(/Ending what was started/g)).toHaveLength(1);
});

it("is heard by a rehearsal that is too busy to answer at once", async () => {
  await bootstraps();
  const pid = rehearsing();
  process.kill(pid, "SIGSTOP");
  ctrlC();
  await pause(500);
  process.kill(pid, "SIGCONT");
  await leavesNothing();
  expect(printed).toContain("Ending what was started");
});

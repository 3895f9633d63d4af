import { execFileSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { end, endAll, killAll, start } from "../src/processes";
import { eventually } from "./support/eventually";

/** A child and a grandchild that ignore being asked to end, and the ids of both. */
const STUBBORN = 'trap "" TERM; sleep 600 & echo $!; wait; wait';
const POLITE = "sleep 600 & echo $!; wait";

afterEach(() => killAll());

/** Starts a shell that says which process it started itself. */
async function family(script: string): Promise<{ child: ChildProcess; grandchild: number }> {
  const child = start("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout!);
  const [line] = (await once(lines, "line")) as [string];
  return { child, grandchild: Number(line) };
}

/** Returns whether a process runs; a zombie does not. */
function runs(pid: number | undefined): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}

const gone = (pid: number | undefined) => eventually("the process has terminated", () => !runs(pid));

describe("stopping a process", () => {
  it("does not kill a process that exits on SIGTERM, and stops what it started", async () => {
    const { child, grandchild } = await family(POLITE);
    expect(runs(grandchild)).toBe(true);
    await end(child);
    expect(child.signalCode).toBe("SIGTERM");
    await gone(grandchild);
  }, 30_000);

  it("kills a process that ignores SIGTERM after the grace period, with everything it started", async () => {
    const { child, grandchild } = await family(STUBBORN);
    await end(child, 100);
    expect(child.signalCode).toBe("SIGKILL");
    await gone(child.pid);
    await gone(grandchild);
  }, 30_000);

  it("kills the descendants of a process that exited", async () => {
    const { child, grandchild } = await family('(trap "" TERM; exec sleep 600) & echo $!');
    await eventually("the process exits", () => child.exitCode === 0);
    expect(runs(grandchild)).toBe(true);
    await end(child, 100);
    await gone(grandchild);
  }, 30_000);

  it("is done by endAll for every process that was started here, and no other", async () => {
    const families = await Promise.all([family(POLITE), family(STUBBORN), family(POLITE)]);
    await endAll(100);
    for (const { child, grandchild } of families) {
      await gone(child.pid);
      await gone(grandchild);
    }
    expect(runs(process.pid)).toBe(true);
    // Nothing is left to end.
    await endAll(100);
  }, 30_000);

  it("is done at once by killAll", async () => {
    const { child, grandchild } = await family(STUBBORN);
    const exit = once(child, "exit");
    killAll();
    await exit;
    expect(child.signalCode).toBe("SIGKILL");
    await gone(grandchild);
  }, 30_000);

  it("does nothing for a process that could not be started, or has exited", async () => {
    const missing = start("no-such-command-here", []);
    const [error] = (await once(missing, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ENOENT");
    await end(missing);
    const done = start("true", []);
    await once(done, "exit");
    await end(done);
    await end(done);
  }, 30_000);
});

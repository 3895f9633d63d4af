import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { findDescendants, type ProcessId } from "../../rehearsal/src/orphan-processes";
import { eventually } from "../../rehearsal/__tests__/support/eventually";

/** An npm script in the foreground of a terminal: it runs in a process group, and Ctrl-C reaches all of the group. */
export class NpmProcess {
  /** Everything that it has printed so far. */
  printed = "";
  private readonly mark = randomUUID();
  private readonly child: ChildProcess;
  /** Whether npm has exited, and all that it printed is in `printed`. */
  private isClosed = false;

  constructor(cwd: string, script: string, args: readonly string[] = []) {
    this.child = spawn("npm", ["run", "--silent", script, "--", ...args], {
      cwd,
      env: { ...process.env, REHEARSAL_PROCESS: this.mark },
      detached: true,
    });
    this.child.once("close", () => (this.isClosed = true));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.printed += text));
    }
  }

  /** The process group. */
  get group(): number {
    return this.child.pid!;
  }

  /** Polls like `eventually`. @throws an error with everything it printed when it exits before */
  whileRunning<T>(what: string, check: () => T | Promise<T>, seconds?: number) {
    const checkOrThrow = async () => {
      const isOver = this.isClosed;
      const found = await check();
      if (!found && isOver) throw new Error(`It exited with ${this.child.exitCode}:\n${this.printed}`);
      return found;
    };
    return eventually(what, checkOrThrow, seconds);
  }

  /** Waits until it has printed a text. */
  async prints(text: string): Promise<void> {
    await this.whileRunning(`it prints "${text}"`, () => this.printed.includes(text));
  }

  /** Sends SIGINT to the process group, like a terminal; nothing once npm has exited. */
  ctrlC(): void {
    if (this.hasExited) return;
    process.kill(-this.group, "SIGINT");
  }

  /** Waits until npm has exited. @returns the exit code, or the signal that terminated it */
  async exit(): Promise<number | string | null> {
    if (!this.isClosed) await once(this.child, "close");
    return this.child.signalCode ?? this.child.exitCode;
  }

  /** Waits until every process that it started has exited: npm does not wait for them. */
  async descendantsExit(): Promise<void> {
    await eventually("all of its processes exit", () => this.descendants().length === 0);
  }

  /** Returns the processes that it started and that still run. */
  descendants(): ProcessId[] {
    return findDescendants(this.group, this.mark);
  }

  /** Kills what still runs. */
  kill(): void {
    for (const { pid } of this.descendants()) process.kill(pid, "SIGKILL");
  }

  private get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { randomUUID } from "node:crypto";
import { findDescendants, isRunning, type ProcessId } from "./orphan-processes";

/** Milliseconds a process group has between SIGTERM and SIGKILL: Terraform needs some to release its lock. */
const GRACE = 10_000;

/** The variable by which a process is known that has left its group, as daemons do. */
const MARK = "REHEARSAL_PROCESS";

/** How often what is left is looked for: something that goes on forking may be faster than one look. */
const LOOKS = 20;

const running = new Set<ChildProcess>();
const marks = new WeakMap<ChildProcess, string>();

/**
 * Starts a command as the leader of its own process group, so that it can be ended together with
 * everything it started, and remembers it until it exits.
 */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const mark = randomUUID();
  // A rehearsal inside of a rehearsal keeps the outer one's mark, which ends both.
  const env = { ...(options.env ?? process.env), [MARK]: `${process.env[MARK] ?? ""} ${mark}`.trim() };
  const child = spawn(command, args, { ...options, env, detached: true });
  marks.set(child, mark);
  running.add(child);
  child.once("error", () => running.delete(child));
  child.once("exit", () => running.delete(child));
  return child;
}

/**
 * Ends a process, all of its group and, on Linux, what has left the group: asks first, insists after
 * `grace` milliseconds. Resolves when it is gone.
 */
export async function end(child: ChildProcess, grace = GRACE): Promise<void> {
  if (child.pid === undefined) return;
  const exited = hasExited(child) ? Promise.resolve() : new Promise((done) => child.once("exit", done));
  // Looked for while their parents run: one that has cleared its environment is known by nothing else.
  const orphans = orphansOf(child);
  signalGroup(child, "SIGTERM");
  for (const orphan of orphans) signal(orphan.pid, "SIGTERM");
  const insist = setTimeout(() => signalGroup(child, "SIGKILL"), grace);
  await exited;
  clearTimeout(insist);
  // The leader is gone; what ignored the signal is not.
  kill(child, orphans);
}

/** Ends everything `start` started that still runs. */
export async function endAll(grace = GRACE): Promise<void> {
  await Promise.all([...running].map((child) => end(child, grace)));
}

/** Kills everything at once, for when there is no time left to wait (the second Ctrl-C). */
export function killAll(): void {
  for (const child of running) kill(child, orphansOf(child));
}

function kill(child: ChildProcess, known: readonly ProcessId[]): void {
  signalGroup(child, "SIGKILL");
  let orphans = known.filter(isRunning);
  for (let look = 0; look < LOOKS; look++) {
    orphans = [...orphans, ...orphansOf(child)];
    if (orphans.length === 0) return;
    for (const { pid } of orphans) signal(pid, "SIGKILL");
    orphans = [];
  }
}

function orphansOf(child: ChildProcess): ProcessId[] {
  return child.pid === undefined ? [] : findDescendants(child.pid, marks.get(child)!);
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) signal(-child.pid, name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // No such process or group: it has ended already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

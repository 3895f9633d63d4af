import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { randomUUID } from "node:crypto";
import { findDescendants, isRunning, type ProcessId } from "./orphan-processes";

/** Milliseconds between SIGTERM and SIGKILL: Terraform needs some to release its lock. */
const GRACE = 10_000;

/** The variable that identifies a process that has left its group, as daemons do. */
const MARK = "REHEARSAL_PROCESS";

/** How often to search for descendants: a process that keeps forking can be faster than one search. */
const SEARCHES = 20;

const running = new Set<ChildProcess>();
const marks = new WeakMap<ChildProcess, string>();

/**
 * Starts a command as the leader of its own process group, so that it can be stopped together with its descendants.
 * `endAll` and `killAll` stop it if it has not exited.
 */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const mark = randomUUID();
  // A rehearsal within a rehearsal keeps the outer one's mark, so that the outer one can stop it.
  const env = { ...(options.env ?? process.env), [MARK]: `${process.env[MARK] ?? ""} ${mark}`.trim() };
  const child = spawn(command, args, { ...options, env, detached: true });
  marks.set(child, mark);
  running.add(child);
  child.once("error", () => running.delete(child));
  child.once("exit", () => running.delete(child));
  return child;
}

/**
 * Stops a process with its group and, on Linux, descendants that left the group: with SIGTERM, and with SIGKILL after
 * `grace` milliseconds. Resolves when it has exited.
 */
export async function end(child: ChildProcess, grace = GRACE): Promise<void> {
  if (child.pid === undefined) return;
  const exited = hasExited(child) ? Promise.resolve() : new Promise((done) => child.once("exit", done));
  // Searched while their parents run: a process that cleared its environment cannot be found afterwards.
  const orphans = orphansOf(child);
  signalGroup(child, "SIGTERM");
  for (const orphan of orphans) signal(orphan.pid, "SIGTERM");
  const insist = setTimeout(() => signalGroup(child, "SIGKILL"), grace);
  await exited;
  clearTimeout(insist);
  // Descendants can have ignored the signal.
  kill(child, orphans);
}

/** Stops every running process of `start`. */
export async function endAll(grace = GRACE): Promise<void> {
  await Promise.all([...running].map((child) => end(child, grace)));
}

/** Kills every running process of `start` at once (second Ctrl-C). */
export function killAll(): void {
  for (const child of running) kill(child, orphansOf(child));
}

function kill(child: ChildProcess, known: readonly ProcessId[]): void {
  signalGroup(child, "SIGKILL");
  let orphans = known.filter(isRunning);
  let empty = 0;
  for (let search = 0; search < SEARCHES; search++) {
    orphans = [...orphans, ...orphansOf(child)];
    // One search can miss a process whose parent exits while it forks.
    empty = orphans.length > 0 ? 0 : empty + 1;
    if (empty === 2) return;
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
    // The process or group has exited already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

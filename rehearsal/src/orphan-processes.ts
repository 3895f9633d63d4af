import { readdirSync, readFileSync } from "node:fs";

/** Identifies a process; the start time distinguishes it from a later one with the same id. */
export interface ProcessId {
  readonly pid: number;
  /** In clock ticks since the machine started. */
  readonly started: string;
}

interface Running extends ProcessId {
  readonly parent: number;
}

/**
 * Returns the descendants of a process and the processes with a mark in their environment, in any group or session.
 * It reads `/proc`; without one, as on macOS, the list is empty.
 * @param root the process id of the ancestor
 * @param mark a unique string in their environment
 */
export function findDescendants(root: number, mark: string): ProcessId[] {
  const all = running();
  const family = new Set([root]);
  // A parent can have a higher id than its child, so one pass is not enough.
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => pid !== root && (family.has(pid) || hasMark(pid, mark)));
}

/** Returns whether a process still runs and its id was not reused. */
export function isRunning({ pid, started }: ProcessId): boolean {
  return read(pid)?.started === started;
}

/** Returns the start time of a process in clock ticks; undefined if it has exited, or without `/proc`. */
export function processStart(pid: number): string | undefined {
  return read(pid)?.started;
}

function running(): Running[] {
  try {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => read(Number(pid)) ?? []);
  } catch {
    return [];
  }
}

/** Reads `/proc/PID/stat`; undefined for a process that has exited. */
function read(pid: number): Running | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in parentheses, which can itself contain spaces and parentheses.
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    return { pid, parent: Number(parent), started: rest[17]! };
  } catch {
    return undefined;
  }
}

/** The environment of other users' processes cannot be read; they were not started here. */
function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).includes(mark);
  } catch {
    return false;
  }
}

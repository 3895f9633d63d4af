import { readdirSync, readFileSync } from "node:fs";

/** A process that is told from a later one of the same number by the moment it started. */
export interface ProcessId {
  readonly pid: number;
  /** In the kernel's own unit, since the machine started. */
  readonly started: string;
}

interface Running extends ProcessId {
  readonly parent: number;
}

/**
 * The processes that descend from another one or have a word in their environment, whatever group or
 * session they have moved to. Only Linux can tell, by `/proc`; elsewhere there are none.
 * @param root id of the process whose children, and theirs, are meant
 * @param mark a word that nothing else has in its environment
 */
export function findDescendants(root: number, mark: string): ProcessId[] {
  const all = running();
  const family = new Set([root]);
  // Parents have not always the lower number, so one pass over the list is not enough.
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => pid !== root && (family.has(pid) || hasMark(pid, mark)));
}

/** Whether a process still runs, and is not another one that got its number. */
export function isRunning({ pid, started }: ProcessId): boolean {
  return read(pid)?.started === started;
}

/** When a process started, in the kernel's own unit; undefined where only Linux could tell, or when it has ended. */
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

/** A process as `/proc/PID/stat` has it; undefined for one that has ended. */
function read(pid: number): Running | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in brackets, which may hold blanks and brackets itself.
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    return { pid, parent: Number(parent), started: rest[17]! };
  } catch {
    return undefined;
  }
}

/** Other users' processes don't show their environment: those were not started here. */
function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).includes(mark);
  } catch {
    return false;
  }
}

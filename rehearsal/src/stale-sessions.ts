import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes the folders `<prefix>-<process id>` whose process is gone: what was killed could not remove its
 * own, and what failed has left its logs there to be looked at until now.
 *
 * @param home where they are; it is made if it is not there
 */
export function removeStaleSessions(home: string, prefix: string): void {
  mkdirSync(home, { recursive: true });
  for (const name of readdirSync(home)) {
    const pid = name.startsWith(`${prefix}-`) ? Number(name.slice(prefix.length + 1)) : NaN;
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(home, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, but is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

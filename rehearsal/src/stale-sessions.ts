import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes the folders `<prefix>-<process id>` whose process has ended: those of killed sessions, and of failed ones,
 * which keep their logs until the next session.
 *
 * @param home their folder, which is created if it does not exist
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
    // It runs, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

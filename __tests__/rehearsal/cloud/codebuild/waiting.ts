import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** Whether a process runs. One that has ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.trim().startsWith("Z");
  } catch {
    return false;
  }
}

/** Waits up to ten seconds for something to become true, and resolves with whether it did. */
export async function eventually(condition: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt++) await pause(20);
  return condition();
}

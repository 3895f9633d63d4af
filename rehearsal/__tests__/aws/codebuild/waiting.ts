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

/** The process group a process belongs to. */
export function groupOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }));
}

/** The processes of a group that run. */
export function membersOf(group: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat="], { encoding: "utf8" }).trim().split("\n");
  const processes = lines.map((line) => line.trim().split(/ +/));
  const members = processes.filter(([, pgid, stat]) => Number(pgid) === group && !stat!.startsWith("Z"));
  return members.map(([pid]) => Number(pid));
}

/** Waits for ten seconds or more for something to become true, and resolves with whether it did. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 500 && !(await condition()); attempt++) await pause(20);
  return condition();
}

import { execFileSync } from "node:child_process";

/** Whether a process runs. A zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.trim().startsWith("Z");
  } catch {
    return false;
  }
}

/** Returns the process group of a process. */
export function groupOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }));
}

/** Returns the running processes of a group. */
export function membersOf(group: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat="], { encoding: "utf8" }).trim().split("\n");
  const processes = lines.map((line) => line.trim().split(/ +/));
  const members = processes.filter(([, pgid, stat]) => Number(pgid) === group && !stat!.startsWith("Z"));
  return members.map(([pid]) => Number(pid));
}

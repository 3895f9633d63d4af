import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { end, killAll, start } from "../src/processes";
import { findDescendants, isRunning } from "../src/orphan-processes";
import { isAlive } from "./aws/codebuild/process-table";
import { eventually } from "./support/eventually";

// Processes that have left their group are found by /proc, which only Linux has.
const onLinux = process.platform === "linux" ? it : it.skip;

afterEach(() => killAll());

/** Starts a shell and reads the numbers it prints, one a line. */
async function started(script: string, numbers: number): Promise<{ child: ChildProcess; pids: number[] }> {
  const child = start("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface(child.stdout!);
  const pids: number[] = [];
  lines.on("line", (line) => pids.push(Number(line)));
  while (pids.length < numbers) await once(lines, "line");
  return { child, pids };
}

const IGNORANT = `trap "" TERM; echo $$; exec sleep 60`;

onLinux.each([
  ["in a session of its own", `setsid sh -c '${IGNORANT}' & wait`],
  ["whose parent has ended", `(setsid sh -c '${IGNORANT}' &) ; sleep 60`],
  ["with an empty environment", `env -i "$(command -v setsid)" "$(command -v sh)" -c '${IGNORANT}' & wait`],
])("a process %s is stopped with the one that started it", async (_, script) => {
  const { child, pids } = await started(script, 1);
  expect(isAlive(pids[0]!)).toBe(true);
  await end(child, 100);
  await eventually("the process has terminated", () => !isAlive(pids[0]!));
});

onLinux("a process that outlives its parent in another session is stopped too", async () => {
  const { child, pids } = await started(`setsid sh -c '${IGNORANT}' & exit 0`, 1);
  if (child.exitCode === null) await once(child, "exit");
  expect(isAlive(pids[0]!)).toBe(true);
  await end(child);
  await eventually("the process has terminated", () => !isAlive(pids[0]!));
});

onLinux("a process that keeps forking into new sessions is stopped", async () => {
  // It gives up by itself after a while: a test that fails must not leave it running for ever.
  const hydra = `echo $$; sleep 0.02; N=$((N-1)); export N; test $N -lt 0 || setsid sh -c "$H" & exit`;
  const { child } = await started(`export N=500 H='${hydra}'; setsid sh -c "$H" & sleep 600`, 20);
  const mark = markOf(child.pid!);
  await end(child, 100);
  expect(findDescendants(child.pid!, mark)).toEqual([]);
});

onLinux("processes that were not started here are no orphans", async () => {
  const one = await started("echo $$; exec sleep 60", 1);
  const other = await started("setsid sleep 60 & echo $!; wait", 1);
  await end(one.child);
  expect(isAlive(other.pids[0]!)).toBe(true);
  expect(isRunning({ pid: process.pid, started: "another moment" })).toBe(false);
  await end(other.child);
});

function markOf(pid: number): string {
  const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return environment
    .find((pair) => pair.startsWith("REHEARSAL_PROCESS="))!
    .slice("REHEARSAL_PROCESS=".length);
}

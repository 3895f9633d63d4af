import { spawn } from "node:child_process";
import { join } from "node:path";
import { CommandFailed, exitOf, outputOf } from "./process";

/** The project's folder. */
export const root = join(__dirname, "..");

/** Milliseconds that Terraform has after SIGINT to write its state and release its lock. */
const GRACE = 8_000;

/** Milliseconds within which two signals are one press of Ctrl-C. */
const SAME_PRESS = 500;

/** Ctrl-C was pressed while a command ran; the command has finished. */
export class Interrupted extends Error {
  constructor() {
    super("Interrupted after the current command finished. Run it again to continue.");
  }
}

/**
 * Runs a command that changes resources in the project's folder, and shows its output.
 *
 * Ctrl-C does not reach the command: cdktf would exit at once and kill Terraform, which leaves a lock and a state
 * without what was just created; and an interrupted Terraform does not record what AWS creates after the signal. So
 * the command finishes, which takes a minute at most, and nothing else starts. A second Ctrl-C interrupts Terraform.
 *
 * @throws {CommandFailed} when the command fails
 * @throws {Interrupted} when Ctrl-C was pressed while it ran
 */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
    detached: true,
  });
  let last = 0;
  const interrupt = () => {
    // One press can arrive twice: from the terminal, and forwarded by npm.
    const again = last > 0 && Date.now() - last > SAME_PRESS;
    if (again) void interruptTerraform(child.pid!);
    else if (last === 0)
      console.error("\nWaiting for the current command to finish. Ctrl-C again interrupts it.");
    last = Date.now();
  };
  const terminate = () => {
    void interruptTerraform(child.pid!);
    setTimeout(() => void killTree(child.pid!), GRACE).unref();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  try {
    const exit = await exitOf(child);
    if (exit !== 0) throw new CommandFailed([command, ...args].join(" "), exit);
    if (last > 0) throw new Interrupted();
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", terminate);
  }
}

/** Sends SIGINT to the Terraform processes of a command, or to the command where there are none. */
async function interruptTerraform(pid: number): Promise<void> {
  const terraforms = (await descendants(pid)).filter(({ name }) => name.endsWith("terraform"));
  for (const one of terraforms.length > 0 ? terraforms : [{ pid: -pid }]) signal(one.pid, "SIGINT");
}

async function killTree(pid: number): Promise<void> {
  for (const one of await descendants(pid)) signal(one.pid, "SIGKILL");
  signal(-pid, "SIGKILL");
}

/** The child processes of a process, and theirs. */
async function descendants(of: number): Promise<{ pid: number; name: string }[]> {
  const all = (await outputOf("ps", ["-eo", "pid=,ppid=,comm="]))
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, name = ""]) => ({ pid: Number(pid), parent: Number(parent), name }));
  const found = all.filter(({ parent }) => parent === of);
  // The list grows while it is walked, so it reaches every generation.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has exited since.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

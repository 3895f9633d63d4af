import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";

/** The project's folder. */
export const root = join(__dirname, "..");

/** Milliseconds that Terraform has to write its state and release its lock once it was told to end. */
const GRACE = 8_000;

/** Milliseconds within which two signals are one press of Ctrl-C. */
const SAME_PRESS = 500;

/** The command ended with a code other than 0; it has said why itself. */
export class CommandFailed extends Error {
  constructor(command: string, end: number | NodeJS.Signals) {
    super(`${command} ended with ${end}; what it said is above.`);
  }
}

/** Ctrl-C was pressed while a command ran, and the command has come to its end since. */
export class Interrupted extends Error {
  constructor() {
    super("Stopped, with everything that had begun finished. Run it again to go on.");
  }
}

/**
 * Runs a command in the project's folder, shows what it says, and waits.
 *
 * Ctrl-C does not reach the command: cdktf would end at once and take Terraform with it, which leaves a
 * lock and forgets what was just created; and Terraform forgets what AWS makes after it was told to end.
 * So the command is finished, a minute at most, and nothing further begun. Whoever presses again tells
 * Terraform.
 *
 * @throws {CommandFailed} when the command fails
 * @throws {Interrupted} when Ctrl-C was pressed meanwhile
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
    // One Ctrl-C may come twice: from the terminal, and passed on by what started this process.
    const again = last > 0 && Date.now() - last > SAME_PRESS;
    if (again) endTerraform(child.pid!);
    else if (last === 0) console.error("\nFinishing what has begun. Ctrl-C again interrupts it.");
    last = Date.now();
  };
  const terminate = () => {
    endTerraform(child.pid!);
    setTimeout(() => killAll(child.pid!), GRACE).unref();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  try {
    const end = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(signal ?? code ?? 1));
    });
    if (end !== 0) throw new CommandFailed([command, ...args].join(" "), end);
    if (last > 0) throw new Interrupted();
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", terminate);
  }
}

/** Tells the Terraforms that a command has started to end in order; the command itself where there are none. */
function endTerraform(pid: number): void {
  const terraforms = descendants(pid).filter(({ name }) => name.endsWith("terraform"));
  for (const one of terraforms.length > 0 ? terraforms : [{ pid: -pid }]) signal(one.pid, "SIGINT");
}

function killAll(pid: number): void {
  for (const one of descendants(pid)) signal(one.pid, "SIGKILL");
  signal(-pid, "SIGKILL");
}

/** The processes that a process has started, and those they have. */
function descendants(of: number): { pid: number; name: string }[] {
  const all = execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, name = ""]) => ({ pid: Number(pid), parent: Number(parent), name }));
  const found = all.filter(({ parent }) => parent === of);
  // The list grows while it is walked: each process found is asked for its own.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

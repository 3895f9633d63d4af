import { execFile, spawn, type ChildProcess } from "node:child_process";
import { promisify } from "node:util";

/** Bytes of output that a command can have where a caller gives no other limit. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** The exit code of a process, or the signal that killed it. */
export type Exit = number | NodeJS.Signals;

interface ProcessOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A command failed; its output is above the message. */
export class CommandFailed extends Error {
  constructor(command: string, exit: Exit) {
    super(
      `${command} failed with ${typeof exit === "number" ? `exit code ${exit}` : exit}. Its output is above.`,
    );
  }
}

/**
 * Runs a command, and shows its output as it comes.
 *
 * @param options.stdout `pipe` where the command must not write to a terminal, `ignore` where it is not needed
 * @throws Error when the command cannot be started
 */
export async function execute(
  command: string,
  args: readonly string[],
  { cwd, env, stdout = "inherit" }: ProcessOptions & { readonly stdout?: "inherit" | "pipe" | "ignore" } = {},
): Promise<Exit> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout, "inherit"],
  });
  child.stdout?.pipe(process.stdout, { end: false });
  return exitOf(child);
}

/**
 * Runs a command, and returns what it prints to both of its outputs, also when it fails.
 *
 * @throws Error when the command cannot be started
 */
export async function capture(
  command: string,
  args: readonly string[],
  { cwd, env }: ProcessOptions = {},
): Promise<{ exit: Exit; output: string }> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exit = await exitOf(child);
  return { exit, output: Buffer.concat(chunks).toString() };
}

/**
 * Returns what a command writes to standard output.
 *
 * @throws Error with `stderr` when the command fails, or writes more than `limit` bytes
 */
export async function outputOf(
  command: string,
  args: readonly string[],
  { cwd, env, limit = OUTPUT_LIMIT }: ProcessOptions & { readonly limit?: number } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: limit,
  });
  return stdout;
}

/** Waits until a process has exited and all of its output has arrived. */
export async function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Not at "exit": what it printed last can still be on its way.
    child.once("close", (code, signal) => resolve(signal ?? code ?? 1));
  });
}

import { execFile } from "node:child_process";
import { devNull } from "node:os";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Maximum output of a git command: GitHub sends no larger event payload. */
const OUTPUT_LIMIT = 25 * 1024 * 1024;

/** The environment of every git command: nothing of this machine's configuration, no prompt. */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** Runs git and returns its output. Rejects with git's message unless it exits with 0. */
export async function git(args: readonly string[], input = ""): Promise<string> {
  const running = execute("git", args, { env: gitEnvironment(), maxBuffer: OUTPUT_LIMIT });
  // git can exit before it has read its input; its exit code is what counts.
  running.child.stdin?.on("error", () => undefined);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Like `git`, but undefined for the exit codes 1 and 128: "no" and "not found". */
export async function gitOrNothing(args: readonly string[]): Promise<string | undefined> {
  try {
    return await git(args);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 1 || code === 128) return undefined;
    throw error;
  }
}

import { execFile } from "node:child_process";
import { devNull } from "node:os";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Bytes one git command may print: GitHub sends no event whose payload is larger than this. */
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

/** Runs git and returns what it printed. Rejects, with git's message, when it exits with anything but 0. */
export async function git(args: readonly string[], input = ""): Promise<string> {
  const running = execute("git", args, { env: gitEnvironment(), maxBuffer: OUTPUT_LIMIT });
  // git may end before it has read everything; its exit code tells the story.
  running.child.stdin?.on("error", () => undefined);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Like `git`, with `undefined` for exit code 1 or 128: git's ways to say "no" and "there is no such thing". */
export async function gitOrNothing(args: readonly string[]): Promise<string | undefined> {
  try {
    return await git(args);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 1 || code === 128) return undefined;
    throw error;
  }
}

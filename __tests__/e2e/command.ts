import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both of them. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What is typed into its standard input. */
  readonly input?: string;
}

/** Runs a command. Not synchronously: the AWS endpoint that it calls is in this process. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, input = "" }: CommandOptions,
): Promise<CommandResult> {
  const child = spawn(command, args, { cwd, env });
  // A command can exit before it has read its input; its exit code is what counts.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  const [stdout = "", stderr = ""] = (await printed).map(stripVTControlCharacters);
  return { code, stdout, stderr, output: stdout + stderr };
}

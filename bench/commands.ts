import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import type { Sample } from "./benchmark";
import { exitOf } from "../tasks/process";
import { root } from "../tasks/command";

/** Lines of a failed command's output in the error. */
const SHOWN = 15;

/** Settings with which the stacks can be synthesized, and no other account is used by mistake. */
const settings = {
  hw_stack_name: "bench",
  hw_stack_bucket_name: "bench-documents",
  pipeline_bucket_name: "bench-artifacts",
  pipeline_githubOwner: "bench",
  pipeline_githubRepo: "bench",
};

interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Returns the seconds that a command takes. @throws Error with the end of its output if it fails */
export async function secondsOf(command: readonly string[], options?: Options): Promise<number> {
  const from = performance.now();
  await outputOf(command, options);
  return (performance.now() - from) / 1000;
}

/** Runs a TypeScript program that prints a sample as JSON. */
export async function sampleOf(program: string, ...args: string[]): Promise<Sample> {
  const node = ["node", "--require", "./tasks/start.cjs"];
  return JSON.parse(await outputOf([...node, program, ...args])) as Sample;
}

/** Returns the seconds until a line of a shell prints something, on whichever stream. Its exit code does not count. */
export async function firstOutputOf(line: string): Promise<number> {
  const from = performance.now();
  const child = startChild(["sh", "-c", line], { env: { AWS_EC2_METADATA_DISABLED: "true" } });
  const exited = exitOf(child);
  const printed = Promise.race([once(child.stdout!, "data"), once(child.stderr!, "data")]);
  await Promise.race([printed, exited]);
  const seconds = (performance.now() - from) / 1000;
  if ((await exited) === 127) throw new Error(`${line}: the command was not found`);
  return seconds;
}

/** Returns what a command prints to standard output. @throws Error with the end of its output if it fails */
export async function outputOf(command: readonly string[], options?: Options): Promise<string> {
  const child = startChild(command, options);
  let [output, all] = ["", ""];
  child.stdout!.on("data", (data: Buffer) => {
    output += String(data);
    all += String(data);
  });
  child.stderr!.on("data", (data: Buffer) => (all += String(data)));
  const exit = await exitOf(child).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`${command[0]} was not found. Install it, or add its folder to PATH.`);
  });
  if (exit === 0) return output;
  const end = all.trim().split("\n").slice(-SHOWN).join("\n  ");
  throw new Error(`${command.join(" ")} failed with ${exit}. The end of its output:\n  ${end}`);
}

function startChild(
  [command = "", ...args]: readonly string[],
  { cwd = root, env }: Options = {},
): ChildProcess {
  const PATH = [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
  return spawn(command, args, {
    cwd,
    env: { ...process.env, ...settings, PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

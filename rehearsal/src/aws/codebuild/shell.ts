import type { ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { end, start } from "../../processes";
import type { ShellProgram } from "./shell-program";

/** Milliseconds a shell has to run its exit traps once it has no more commands. */
const LAST_WORDS = 2_000;

export interface ShellOptions {
  readonly shell: ShellProgram;
  /** A folder of the shell's own, for what passes between it and this process. */
  readonly folder: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Receives what commands and their children print, both streams in the order they wrote. */
  readonly output: (chunk: Buffer) => void;
}

/**
 * One shell process for all commands of a build: directory, variables and functions last from command
 * to command. A command that ends the shell has failed or succeeded by the shell's own exit status, and
 * the next one gets a new shell with the environment and directory of before that command.
 */
export class Shell {
  private readonly options: ShellOptions;
  private readonly output: Socket;
  private readonly outputEnd: number;
  private variables: Readonly<Record<string, string>>;
  private directory: string;
  private child: ChildProcess | undefined;
  private ending: Promise<void> | undefined;

  constructor(options: ShellOptions) {
    this.options = options;
    this.variables = options.environment;
    this.directory = options.directory;
    mkdirSync(options.folder, { recursive: true });
    const fifo = join(options.folder, "output");
    // A named pipe: Node's own are sockets, and nothing can open /dev/stdout or /dev/stderr on a socket.
    execFileSync("mkfifo", ["-m", "600", fifo]);
    const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    this.outputEnd = openSync(fifo, constants.O_WRONLY);
    rmSync(fifo);
    this.output = new Socket({ fd: readEnd, readable: true, writable: false });
    this.output.on("data", options.output);
  }

  /** The exported variables after the last command. */
  get environment(): Readonly<Record<string, string>> {
    return this.variables;
  }

  /**
   * Runs a command of any number of lines and resolves with its exit status, once everything it printed
   * has been handed on. A command that a signal ended has 128 and the signal's number.
   */
  async run(command: string): Promise<number> {
    if (this.ending) throw new Error("The build's shell has ended.");
    const child = (this.child ??= this.start());
    writeFileSync(join(this.options.folder, "command"), `${command}\n`);
    const status = await this.status(child);
    if (this.child === child) this.readState();
    await this.drain();
    return status;
  }

  /** Lets the shell run its exit traps, then ends everything it started. */
  async close(): Promise<void> {
    const child = this.child;
    if (child && !hasExited(child) && !this.ending) {
      const exited = new Promise<void>((done) => child.once("exit", () => done()));
      (child.stdio[3] as Writable).end();
      let ended: Promise<void> | undefined;
      const impatience = setTimeout(() => {
        ended = end(child);
      }, LAST_WORDS);
      await exited;
      await ended;
      clearTimeout(impatience);
      await this.drain();
    }
    await this.kill(0);
  }

  /** Ends the shell and everything it started; those that ignore SIGTERM after `grace` milliseconds. */
  kill(grace?: number): Promise<void> {
    return (this.ending ??= this.terminate(grace));
  }

  private async terminate(grace?: number): Promise<void> {
    if (this.child) await end(this.child, grace);
    await this.drain();
    this.output.destroy();
    closeSync(this.outputEnd);
  }

  private start(): ChildProcess {
    const { shell, folder } = this.options;
    const child = start(shell.program, ["-c", driver(folder)], {
      argv0: shell.name,
      cwd: this.directory,
      env: this.variables,
      stdio: ["ignore", this.outputEnd, this.outputEnd, "pipe", "pipe"],
    });
    // A shell that died is noticed by its exit; the write that hits its closed pipe says nothing more.
    child.stdio[3]!.on("error", () => undefined);
    return child;
  }

  /** Starts the command that lies in the folder, and waits for its status or for the end of the shell. */
  private status(child: ChildProcess): Promise<number> {
    const statuses = child.stdio[4] as Readable;
    return new Promise<number>((resolve, reject) => {
      const finish = () => {
        statuses.off("data", answered);
        child.off("exit", exited);
        child.off("error", failed);
      };
      const answered = (line: Buffer) => {
        finish();
        resolve(Number(line.toString()));
      };
      const exited = (code: number | null, signal: NodeJS.Signals | null) => {
        finish();
        this.child = undefined;
        // What it left in the background has no shell to belong to any more.
        end(child).then(() => resolve(code ?? 128 + system.signals[signal!]), reject);
      };
      const failed = (error: Error) => {
        finish();
        this.child = undefined;
        const { program } = this.options.shell;
        reject(
          new Error(`${program}, the build's shell, can't be started: ${error.message}. Install ${program}.`),
        );
      };
      statuses.on("data", answered);
      child.once("exit", exited);
      child.once("error", failed);
      if (hasExited(child)) exited(child.exitCode, child.signalCode);
      else (child.stdio[3] as Writable).write("run\n");
    });
  }

  private readState(): void {
    const { folder } = this.options;
    const pairs = readFileSync(join(folder, "environment"), "utf8").split("\0");
    this.variables = Object.fromEntries(
      pairs
        .filter((pair) => pair.includes("="))
        .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
    this.directory = readFileSync(join(folder, "directory"), "utf8").replace(/\n$/, "");
  }

  /**
   * Waits until everything that was written so far has been read. It lies in the pipe already, and one
   * turn of the event loop empties a pipe: two cover a turn that has begun.
   */
  private async drain(): Promise<void> {
    await setImmediate();
    await setImmediate();
  }
}

/**
 * The shell's loop: it reads a line from descriptor 3, runs the command in the folder and writes its
 * status to descriptor 4. Commands have neither descriptor, so nothing they print can be taken for a
 * status. What the loop itself does is kept out of a trace that a command switched on with `set -x`.
 * The trap makes the shell wait for the command that runs when both are told to end: Terraform has to
 * release its lock first.
 */
function driver(folder: string): string {
  const file = (name: string) => quoted(join(folder, name));
  // As in CodeBuild's images; the rehearsal's own would make what a build writes readable by its owner only.
  return `umask 022
trap 'exit 143' TERM
while { IFS= read -r __line <&3; } 2>/dev/null; do
  . ${file("command")} 3<&- 4>&-
  { __status=$?; /usr/bin/env -0 >${file("environment")} || :; pwd -P >${file("directory")} || :; echo "$__status" >&4; } 2>/dev/null
done`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

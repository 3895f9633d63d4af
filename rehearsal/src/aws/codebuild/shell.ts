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

/** Milliseconds for a shell's exit traps after its last command. */
const EXIT_TIMEOUT = 2_000;

export interface ShellOptions {
  readonly shell: ShellProgram;
  /** A folder for the communication with the shell. */
  readonly folder: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Receives the output of commands and their children, stdout and stderr in the order of writing. */
  readonly output: (chunk: Buffer) => void;
}

/**
 * One shell process for all commands of a build, which share its directory, variables and functions. If a command exits
 * the shell, its status is the shell's exit status, and the next command gets a new shell with the environment and
 * directory from before.
 */
export class Shell {
  private variables: Readonly<Record<string, string>>;
  private directory: string;
  private child: ChildProcess | undefined;
  private ending: Promise<void> | undefined;

  private constructor(
    private readonly options: ShellOptions,
    private readonly output: Socket,
    private readonly outputEnd: number,
  ) {
    this.variables = options.environment;
    this.directory = options.directory;
  }

  /** Creates the shell's folder and opens the pipe for its output. The shell process starts with the first command. */
  static open(options: ShellOptions): Shell {
    mkdirSync(options.folder, { recursive: true });
    const fifo = join(options.folder, "output");
    // A named pipe: Node.js creates sockets, on which commands cannot open /dev/stdout or /dev/stderr.
    execFileSync("mkfifo", ["-m", "600", fifo]);
    const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(fifo, constants.O_WRONLY);
    rmSync(fifo);
    const output = new Socket({ fd: readEnd, readable: true, writable: false });
    output.on("data", options.output);
    return new Shell(options, output, writeEnd);
  }

  /** The exported variables after the last command. */
  get environment(): Readonly<Record<string, string>> {
    return this.variables;
  }

  /**
   * Runs a command of one or more lines. Resolves with its exit status after all of its output has been received. The
   * status of a command that a signal terminated is 128 plus the signal's number.
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

  /** Lets the shell run its exit traps, then terminates all processes that it started. */
  async close(): Promise<void> {
    const child = this.child;
    if (child && !hasExited(child) && !this.ending) {
      const exited = new Promise<void>((done) => child.once("exit", () => done()));
      (child.stdio[3] as Writable).end();
      let ended: Promise<void> | undefined;
      const timeout = setTimeout(() => {
        ended = end(child);
      }, EXIT_TIMEOUT);
      await exited;
      await ended;
      clearTimeout(timeout);
      await this.drain();
    }
    await this.kill(0);
  }

  /** Terminates the shell and all processes that it started; with SIGKILL after `grace` milliseconds. */
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
    // The exit of a shell is handled; the error of a write to its closed pipe is not needed.
    child.stdio[3]!.on("error", () => undefined);
    return child;
  }

  /** Runs the command in the folder. Resolves with its status, or with that of the shell if it exits. */
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
        // Processes in the background do not outlive their shell.
        end(child).then(() => resolve(code ?? 128 + system.signals[signal!]), reject);
      };
      const failed = (error: Error) => {
        finish();
        this.child = undefined;
        const { program } = this.options.shell;
        reject(
          new Error(`The build's shell ${program} cannot be started: ${error.message}. Install ${program}.`),
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
   * Waits until the output written so far has been read. It is in the pipe already, and one turn of the event loop
   * empties a pipe; two turns include the one in progress.
   */
  private async drain(): Promise<void> {
    await setImmediate();
    await setImmediate();
  }
}

/**
 * Returns the shell's loop: it reads a line from descriptor 3, runs the command in the folder, and writes the status to
 * descriptor 4. Commands do not have these descriptors, so that they cannot write a status. The loop's own commands do not
 * appear in the trace of `set -x`. The trap makes the shell wait for the running command when both get SIGTERM: Terraform
 * has to release its lock first.
 */
function driver(folder: string): string {
  const file = (name: string) => quoted(join(folder, name));
  // As in CodeBuild's images. With the rehearsal's umask, only the owner could read what a build writes.
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

import { closeSync, openSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** Bytes of command output kept in the file; the runner's own lines are always written. */
const FILE_LIMIT = 64 * 1024 * 1024;
/** Characters after which a line without an end is passed on in pieces. */
const LINE_LIMIT = 64 * 1024;

/** Receives each line of a log, and whether it is one of the runner's own rather than a command's output. */
export type LogListener = (line: string, own: boolean) => void;

/**
 * The log of one build: a file, and a listener that gets each line too. Lines of the runner look like
 * CodeBuild's own, `[Container] <date> <message>`; secrets are masked in all of them.
 */
export class BuildLog {
  private readonly descriptor: number;
  private readonly listener: LogListener;
  private readonly fileLimit: number;
  private readonly decoder = new StringDecoder("utf8");
  private secrets: readonly string[] = [];
  private partial = "";
  private written = 0;
  private full = false;
  private writeError: Error | undefined;

  /** @param fileLimit bytes of command output to keep, 64 MiB by default */
  constructor(file: string, listener: LogListener, fileLimit = FILE_LIMIT) {
    this.descriptor = openSync(file, "a", 0o600);
    this.listener = listener;
    this.fileLimit = fileLimit;
  }

  /** From now on these values read `***`. A value of several lines is masked line by line. */
  mask(values: readonly string[]): void {
    const lines = values.flatMap((value) => value.split("\n")).map((line) => line.trim());
    // The longest first: one secret may be part of another.
    this.secrets = [...new Set([...this.secrets, ...lines])]
      .filter((line) => line !== "")
      .sort((a, b) => b.length - a.length);
  }

  /** A piece of what a command printed. */
  output(chunk: Buffer): void {
    if (this.full) return;
    const text = this.partial + this.decoder.write(chunk);
    const end = text.lastIndexOf("\n");
    this.partial = text.slice(end + 1);
    // Many lines at once: one by one, a build that prints short lines would keep this process busy for minutes.
    if (end >= 0) this.writeOutput(text.slice(0, end));
    if (this.partial.length > LINE_LIMIT) this.cutLine();
  }

  /** A message of the runner itself. */
  container(message: string): void {
    this.endLine();
    this.write(`[Container] ${timestamp(new Date())} ${this.masked(message)}`, true);
  }

  /** Why the file is not complete; undefined if it is. */
  get failure(): Error | undefined {
    return this.writeError;
  }

  close(): void {
    this.endLine();
    closeSync(this.descriptor);
  }

  private endLine(): void {
    const rest = this.partial + this.decoder.end();
    this.partial = "";
    if (rest !== "" && !this.full) this.writeOutput(rest);
  }

  /** Passes on most of a very long line: not its last characters, which may be the beginning of a secret. */
  private cutLine(): void {
    const masked = this.masked(this.partial);
    const keep = this.secrets[0]?.length ?? 0;
    const cut = Math.max(0, masked.length - keep);
    this.partial = masked.slice(cut);
    this.writeOutput(masked.slice(0, cut));
  }

  /** Writes whole lines, separated by newlines. */
  private writeOutput(lines: string): void {
    if (this.full) return;
    if (this.written > this.fileLimit) {
      this.full = true;
      this.partial = "";
      this.container(`The commands printed more than ${this.fileLimit} bytes: the rest is left out.`);
    } else {
      this.write(this.masked(lines), false);
    }
  }

  // Synchronous: a listener of a pipe has nothing to wait for, so nothing can pile up in memory.
  private write(lines: string, own: boolean): void {
    this.written += this.append(`${lines}\n`);
    for (const line of lines.split("\n")) this.listener(line, own);
  }

  /** A file that can't be written, because the disk is full, must not end the process of the rehearsal. */
  private append(text: string): number {
    if (this.writeError) return 0;
    try {
      return writeSync(this.descriptor, text);
    } catch (error) {
      this.writeError = new Error(`The build's log can't be written: ${(error as Error).message}`);
      return 0;
    }
  }

  private masked(text: string): string {
    return this.secrets.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
  }
}

/** `2026/01/31 12:00:00.123456`, in UTC: CodeBuild prints microseconds. */
function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, -1).replaceAll("-", "/").replace("T", " ")}000`;
}

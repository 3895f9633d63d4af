import { closeSync, openSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** The bytes of command output in the file. CodeBuild's own lines are always written. */
const FILE_LIMIT = 64 * 1024 * 1024;
/** The characters after which a line is split. */
const LINE_LIMIT = 64 * 1024;

/** Receives each line of a log. `isOwn`: CodeBuild wrote it, not a command. */
export type LogListener = (line: string, isOwn: boolean) => void;

/**
 * The log of one build, in a file. CodeBuild's own lines begin with `[Container] <date>`. Secrets are masked in all
 * lines.
 */
export class BuildLog {
  private listener: LogListener | undefined;
  private readonly decoder = new StringDecoder("utf8");
  private secrets: readonly string[] = [];
  private partial = "";
  private written = 0;
  private isFull = false;
  private writeError: Error | undefined;

  private constructor(
    private readonly descriptor: number,
    private readonly fileLimit: number,
  ) {}

  /**
   * Opens the log's file.
   * @param fileLimit bytes of command output to keep; default: 64 MiB
   */
  static open(file: string, fileLimit = FILE_LIMIT): BuildLog {
    return new BuildLog(openSync(file, "a", 0o600), fileLimit);
  }

  /** Passes each line from now on to a listener too. */
  forwardTo(listener: LogListener): void {
    this.listener = listener;
  }

  /** Masks these values from now on, each line of a multi-line value separately. */
  mask(values: readonly string[]): void {
    const lines = values.flatMap((value) => value.split("\n")).map((line) => line.trim());
    // The longest first: one secret can contain another.
    this.secrets = [...new Set([...this.secrets, ...lines])]
      .filter((line) => line !== "")
      .sort((a, b) => b.length - a.length);
  }

  /** Writes output of a command. */
  output(chunk: Buffer): void {
    if (this.isFull) return;
    const text = this.partial + this.decoder.write(chunk);
    const end = text.lastIndexOf("\n");
    this.partial = text.slice(end + 1);
    // All lines together: one by one, a build that prints short lines would block this process for minutes.
    if (end >= 0) this.writeOutput(text.slice(0, end));
    if (this.partial.length > LINE_LIMIT) this.cutLine();
  }

  /** Writes a line of CodeBuild itself. */
  container(message: string): void {
    this.endLine();
    this.write(`[Container] ${timestamp(new Date())} ${this.masked(message)}`, true);
  }

  /** Why the file is incomplete; undefined if it is complete. */
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
    if (rest !== "" && !this.isFull) this.writeOutput(rest);
  }

  /** Writes most of a very long line, but not its last characters, which may be the beginning of a secret. */
  private cutLine(): void {
    const masked = this.masked(this.partial);
    const keep = this.secrets[0]?.length ?? 0;
    const cut = Math.max(0, masked.length - keep);
    this.partial = masked.slice(cut);
    this.writeOutput(masked.slice(0, cut));
  }

  /** Writes whole lines, separated by newlines. */
  private writeOutput(lines: string): void {
    if (this.isFull) return;
    if (this.written > this.fileLimit) {
      this.isFull = true;
      this.partial = "";
      this.container(`The commands printed more than ${this.fileLimit} bytes; the rest is omitted.`);
    } else {
      this.write(this.masked(lines), false);
    }
  }

  // Synchronous, so that output cannot pile up in memory.
  private write(lines: string, isOwn: boolean): void {
    this.written += this.append(`${lines}\n`);
    if (!this.listener) return;
    for (const line of lines.split("\n")) this.listener(line, isOwn);
  }

  /** A write error, such as a full disk, must not terminate the rehearsal. */
  private append(text: string): number {
    if (this.writeError) return 0;
    try {
      return writeSync(this.descriptor, text);
    } catch (error) {
      this.writeError = new Error(`The build's log cannot be written: ${(error as Error).message}`);
      return 0;
    }
  }

  private masked(text: string): string {
    return this.secrets.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
  }
}

/** Formats `2026/01/31 12:00:00.123456` in UTC: CodeBuild prints microseconds. */
function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, -1).replaceAll("-", "/").replace("T", " ")}000`;
}

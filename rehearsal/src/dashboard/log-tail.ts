import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";

/** Lines of a log that a page gets; the rest is in the file. */
const LINES = 2_000;
/** Bytes in which those lines are looked for, and by which a page may be behind. */
const TAIL = 1024 * 1024;
/** Bytes read at once; a line of a build's log is shorter. */
const CHUNK = 256 * 1024;
/** Milliseconds between two looks at a file that grows. */
const INTERVAL = 200;

/** A file that is written while it is read. */
export interface Log {
  readonly file: string;
  /** Whether nothing more will be written. */
  ended(): boolean;
}

/** Lines of a log, and the byte after the last of them. */
export interface Piece {
  readonly lines: readonly string[];
  readonly end: number;
  /** Whether lines before these were left out. */
  readonly gap: boolean;
}

/**
 * The lines of a log as they are written, from a byte on or from the last 2,000 lines; ends with the log.
 * Whoever reads too slowly misses lines in the middle, so nothing piles up.
 */
export async function* tail(log: Log, from: number | undefined, signal: AbortSignal): AsyncGenerator<Piece> {
  const file = await openWhenThere(log, signal);
  if (!file) return;
  try {
    let position = from;
    while (!signal.aborted) {
      // Asked before reading: what was written until then is read before the end is believed.
      const ended = log.ended();
      const { size } = await file.stat();
      const gap = position === undefined || position > size || size - position > TAIL;
      const start = gap ? await lastLines(file, size) : position!;
      const piece = await read(file, start, ended);
      position = piece.end;
      if (piece.lines.length > 0) yield { ...piece, gap: gap && start > 0 };
      else if (ended) return;
      else await pause(INTERVAL, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
}

async function openWhenThere(log: Log, signal: AbortSignal): Promise<FileHandle | undefined> {
  while (!signal.aborted) {
    try {
      return await open(log.file, "r");
    } catch {
      if (log.ended()) return undefined;
      await pause(INTERVAL, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

/** The byte where the last lines begin. */
async function lastLines(file: FileHandle, size: number): Promise<number> {
  const start = Math.max(0, size - TAIL);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const end = buffer.lastIndexOf("\n", bytesRead);
  let at = end;
  for (let lines = 0; lines < LINES && at > 0; lines++) {
    const before = buffer.lastIndexOf("\n", at - 1);
    if (before < 0) return start === 0 ? 0 : start + at + 1;
    at = before;
  }
  return at > 0 ? start + at + 1 : 0;
}

/** The whole lines from a byte on; once the log has ended, what follows the last of them too. */
async function read(file: FileHandle, start: number, ended: boolean): Promise<Omit<Piece, "gap">> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, start);
  const newline = buffer.subarray(0, bytesRead).lastIndexOf("\n");
  const whole = newline >= 0 ? newline + 1 : ended || bytesRead === CHUNK ? bytesRead : 0;
  if (whole === 0) return { lines: [], end: start };
  const text = stripVTControlCharacters(buffer.toString("utf8", 0, whole));
  return { lines: text.replace(/\n$/, "").split("\n"), end: start + whole };
}

import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";

/** Lines of a log that a page receives; the rest is in the file. */
const LINES = 2_000;
/** Bytes to search for those lines, and by which a page can lag backend. */
const TAIL = 1024 * 1024;
/** Bytes to read at once; lines of build logs are shorter. */
const CHUNK = 256 * 1024;
/** Milliseconds between two reads of a growing file. */
const INTERVAL = 200;

/** A log file that is read while it is written. */
export interface Log {
  readonly file: string;
  /** Whether the file is complete. */
  ended(): boolean;
}

/** Lines of a log, and the offset after the last. */
export interface Piece {
  readonly lines: readonly string[];
  readonly end: number;
  /** Whether lines before these were skipped. */
  readonly gap: boolean;
}

/**
 * Yields the lines of a log while it is written, from an offset or from the last 2,000 lines, until the log is
 * complete. A slow reader misses lines in the middle, so nothing is queued.
 */
export async function* tail(log: Log, from: number | undefined, signal: AbortSignal): AsyncGenerator<Piece> {
  const file = await openWhenCreated(log, signal);
  if (!file) return;
  try {
    let position = from;
    while (!signal.aborted) {
      // Checked before reading, so that everything written until the end is read.
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

async function openWhenCreated(log: Log, signal: AbortSignal): Promise<FileHandle | undefined> {
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

/** Returns the offset of the last lines. */
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

/** Reads the complete lines from an offset, and the incomplete last line once the log has ended. */
async function read(file: FileHandle, start: number, ended: boolean): Promise<Omit<Piece, "gap">> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, start);
  const newline = buffer.subarray(0, bytesRead).lastIndexOf("\n");
  const whole = newline >= 0 ? newline + 1 : ended || bytesRead === CHUNK ? bytesRead : 0;
  if (whole === 0) return { lines: [], end: start };
  const text = stripVTControlCharacters(buffer.toString("utf8", 0, whole));
  return { lines: text.replace(/\n$/, "").split("\n"), end: start + whole };
}

import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds between two looks. */
const INTERVAL = 1_000;

/** After so many looks the folder is measured all the same: others may have freed what it has taken. */
const LOOKS = 10;

/**
 * Watches how much a folder takes on the disk, until the signal is aborted. The disk's free space is asked
 * for, which costs nothing; only when it has shrunk so far that the folder can have grown beyond the limit
 * is the folder measured, and every ten seconds.
 * @param limit bytes
 * @param exceeded called once, when the folder holds more
 */
export function guardDisk(folder: string, limit: number, signal: AbortSignal, exceeded: () => void): void {
  let threshold: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  const look = async () => {
    const free = await freeSpace(folder);
    threshold ??= free - limit;
    if (free < threshold || ++looks === LOOKS) {
      looks = 0;
      const size = await sizeOf(folder);
      if (size > limit) return !signal.aborted && exceeded();
      threshold = free - (limit - size);
    }
    again();
  };
  const again = () => {
    if (signal.aborted) return;
    timer = setTimeout(() => {
      look().catch(again);
    }, INTERVAL);
  };
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  look().catch(again);
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** What a folder takes on the disk, in bytes. */
async function sizeOf(folder: string): Promise<number> {
  // It complains of files that vanish while it counts, and has counted the rest all the same.
  const counted = await run("du", ["-sk", folder]).catch((error: { stdout?: string }) => error);
  return Number.parseInt(counted.stdout ?? "", 10) * 1024;
}

import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds between two checks. */
const INTERVAL = 1_000;

/** Checks after which the folder is measured in any case: other programs may have freed as much as it has taken. */
const CHECKS = 10;

/**
 * Monitors the size of a folder until the signal is aborted. It checks the free disk space, which is fast, and measures
 * the folder only if the space has shrunk by as much as the folder's limit allows, and every ten seconds.
 * @param limit bytes
 * @param exceeded called once if the folder is larger
 */
export function guardDisk(folder: string, limit: number, signal: AbortSignal, exceeded: () => void): void {
  let threshold: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let checks = 0;
  const check = async () => {
    const free = await freeSpace(folder);
    threshold ??= free - limit;
    if (free < threshold || ++checks === CHECKS) {
      checks = 0;
      const size = await sizeOf(folder);
      if (size > limit) return !signal.aborted && exceeded();
      threshold = free - (limit - size);
    }
    scheduleNext();
  };
  const scheduleNext = () => {
    if (signal.aborted) return;
    timer = setTimeout(() => {
      check().catch(scheduleNext);
    }, INTERVAL);
  };
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  check().catch(scheduleNext);
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Returns the disk usage of a folder in bytes. */
async function sizeOf(folder: string): Promise<number> {
  // It fails if a file disappears meanwhile, but prints the total of the rest.
  const result = await run("du", ["-sk", folder]).catch((error: { stdout?: string }) => error);
  return Number.parseInt(result.stdout ?? "", 10) * 1024;
}

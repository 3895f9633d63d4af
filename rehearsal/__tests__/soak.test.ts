import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Sample } from "../bench/soak";
import { findDescendants } from "../src/orphan-processes";

const root = join(__dirname, "../..");

/** Mebibytes that the heap may differ by for reasons that do not add up: compiled code, caches, connections. */
const NOISE = 6;

/**
 * Mebibytes for the resident memory of the process. V8 gives back what it has freed when it likes: from one
 * line to the next it may be 25 less or 15 more while the heap stays the same.
 */
const RESIDENT_NOISE = 50;

/**
 * Mebibytes for the emulator. It keeps every log, event and object, as AWS does, and a connection that was
 * closed for another 75 seconds: 15 to 20 for a hundred executions in a row.
 */
const EMULATOR_NOISE = 40;

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "soak-"));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

describe("two hundred executions", () => {
  it("take no more memory than a hundred with an open page, and leave nothing behind", async () => {
    const mark = randomUUID();
    const args = [
      "--expose-gc",
      "--require",
      "./tasks/start.cjs",
      "rehearsal/bench/soak.ts",
      "--executions",
      "200",
      "--every",
      "100",
    ];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, REHEARSAL_PROCESS: mark, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [printed, complaints] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    expect(complaints).toBe("");
    expect(child.exitCode).toBe(0);
    const [early, late] = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Sample) as [Sample, Sample];
    expect([early.executions, late.executions]).toEqual([100, 200]);
    // The first execution came with the pipeline: a hundred are full from here on.
    for (const { history } of [early, late]) {
      expect(history).toEqual({ executions: 100, builds: 100, buildFolders: 100, deliveries: 100 });
    }
    expect(late.heap - early.heap).toBeLessThan(NOISE);
    expect(late.rss - early.rss).toBeLessThan(RESIDENT_NOISE);
    expect((late.emulatorRss ?? 0) - (early.emulatorRss ?? 0)).toBeLessThan(EMULATOR_NOISE);
    // The page has reported the second hundred too.
    expect(late.read).toBeGreaterThan(early.read);
    expect(late.resources - early.resources).toBeLessThan(10);
    expect((late.files ?? 0) - (early.files ?? 0)).toBeLessThan(10);
    expect(findDescendants(child.pid!, mark)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  }, 900_000);
});

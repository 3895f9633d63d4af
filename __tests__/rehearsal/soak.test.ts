import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Sample } from "../../bench/soak";
import { findStrays } from "../../rehearsal/strays";

const root = join(__dirname, "../..");

/** Mebibytes that the heap may differ by for reasons that do not add up: compiled code, caches, connections. */
const NOISE = 6;

test("two hundred executions take no more memory than a hundred, and leave nothing", async () => {
  const mark = randomUUID();
  const args = ["--expose-gc", "--import", "tsx", "bench/soak.ts", "--executions", "200", "--every", "100"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, REHEARSAL_PROCESS: mark },
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
  expect(late.resources - early.resources).toBeLessThan(10);
  expect((late.files ?? 0) - (early.files ?? 0)).toBeLessThan(10);
  expect(findStrays(child.pid!, mark)).toEqual([]);
}, 360_000);

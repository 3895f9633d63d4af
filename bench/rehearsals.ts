import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark, Sample } from "./benchmark";
import { outputOf, sampleOf, secondsOf } from "./commands";
import { root } from "../tasks/command";

/** A rehearsal in this clone, where everything is installed. */
export const rehearsal: Benchmark = {
  figures: {
    total: { what: "second `npm run rehearse`", unit: "s", was: 333, aim: 150 },
    UnitTest: { what: "UnitTest in it", unit: "s", was: 126, aim: 50 },
  },
  rounds: 1,
  isLong: true,
  prepare: async () => void (await outputOf(["node", "tasks/setup.mjs", "rehearsal"])),
  measure: () => rehearse(root),
};

/** A rehearsal in a new clone: set-up installs packages and programs. */
export const firstRehearsal: Benchmark = {
  figures: {
    total: { what: "first `npm run rehearse`, from a clean clone", unit: "s", was: 484, aim: 270 },
  },
  rounds: 1,
  isLong: true,
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-rehearse-"));
    try {
      const clone = join(folder, "clone");
      await outputOf(["git", "clone", "--quiet", root, clone]);
      return await rehearse(clone);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** A change of a function in a rehearsal that stays up. */
export const changeInRehearsal: Benchmark = {
  figures: {
    seconds: { what: "a change in a kept rehearsal, push to production", unit: "s", was: 230, aim: 90 },
  },
  rounds: 1,
  isLong: true,
  prepare: rehearsal.prepare,
  measure: () => sampleOf("rehearsal/bench/change.ts"),
};

interface Summary {
  readonly execution: { readonly stages: readonly { readonly name: string; readonly seconds: number }[] };
}

async function rehearse(cwd: string): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), "bench-summary-"));
  try {
    const file = join(folder, "summary.json");
    const total = await secondsOf(["npm", "run", "rehearse", "--", "--json", file], { cwd });
    const { execution } = JSON.parse(readFileSync(file, "utf8")) as Summary;
    return { total, ...Object.fromEntries(execution.stages.map(({ name, seconds }) => [name, seconds])) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

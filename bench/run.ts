import type { Benchmark, Benchmarks, Figure } from "./benchmark";
import { UsageError } from "../tasks/program";

/** A figure with its median, or with the reason why there is none. */
export interface Result extends Figure {
  readonly median?: number;
  readonly failure?: string;
}

/**
 * Returns the benchmarks to run: the named ones, or all, or those that take seconds.
 *
 * @throws UsageError if there is none of a name
 */
export function chosen(benchmarks: Benchmarks, names: readonly string[], all: boolean): Benchmarks {
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
  if (unknown.length > 0) {
    throw new UsageError(
      `No benchmark is named ${unknown.join(", ")}. The benchmarks are ${Object.keys(benchmarks).join(", ")}.`,
    );
  }
  return Object.fromEntries(
    Object.entries(benchmarks).filter(([name, { isLong }]) =>
      names.length > 0 ? names.includes(name) : all || !isLong,
    ),
  );
}

/**
 * Runs benchmarks and returns their figures in order. They take turns, so that load on the machine affects all of them
 * alike. One that fails does not stop the others.
 *
 * @param say is called with what runs next
 */
export async function run(benchmarks: Benchmarks, say: (what: string) => void): Promise<Result[]> {
  const runs = Object.entries(benchmarks).map(([name, benchmark]) => new Run(name, benchmark));
  for (const one of runs) {
    if (one.benchmark.prepare) await one.attempt(`preparing ${one.name}`, say, one.benchmark.prepare);
  }
  const rounds = Math.max(0, ...runs.map(({ benchmark }) => benchmark.rounds));
  for (let round = 1; round <= rounds; round++) {
    for (const one of runs.filter(({ benchmark }) => round <= benchmark.rounds)) {
      await one.attempt(`${one.name}, round ${round} of ${one.benchmark.rounds}`, say, () => one.measure());
    }
  }
  return runs.flatMap((one) => one.results());
}

class Run {
  private readonly values = new Map<string, number[]>();
  private failure: string | undefined;

  constructor(
    readonly name: string,
    readonly benchmark: Benchmark,
  ) {}

  /** Does something unless something failed before. */
  async attempt(what: string, say: (what: string) => void, action: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    say(what);
    try {
      await action();
    } catch (error) {
      this.failure = `${what}: ${(error as Error).message}`;
    }
  }

  async measure(): Promise<void> {
    const sample = await this.benchmark.measure();
    for (const key of Object.keys(this.benchmark.figures)) {
      const value = sample[key];
      if (value === undefined || !Number.isFinite(value)) throw new Error(`it measured no ${key}`);
      this.values.set(key, [...(this.values.get(key) ?? []), value]);
    }
  }

  results(): Result[] {
    return Object.entries(this.benchmark.figures).map(([key, figure]) =>
      this.failure === undefined
        ? { ...figure, median: median(this.values.get(key) ?? []) }
        : { ...figure, failure: this.failure },
    );
  }
}

/** Returns the middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

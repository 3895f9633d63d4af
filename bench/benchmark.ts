/** A figure of the table: what is measured, and what it should be. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  /** What it was before it was worked on. */
  readonly was?: number;
  /** What it should be at most, or at least. */
  readonly aim?: number;
  readonly atLeast?: true;
}

/** `×` is a share of another figure. */
export type Unit = "s" | "ms" | "MB" | "×" | "packages" | "/s";

/** The values of one round, by the names of the figures. */
export type Sample = Readonly<Record<string, number>>;

/** Something that is measured, in rounds. */
export interface Benchmark {
  readonly figures: Readonly<Record<string, Figure>>;
  readonly rounds: number;
  /** Takes minutes: measured only when it is named, or with `--all`. */
  readonly isLong?: true;
  /** Runs before the first round. */
  readonly prepare?: () => Promise<void>;
  /** Measures one round: a value of each figure. */
  readonly measure: () => Promise<Sample>;
}

export type Benchmarks = Readonly<Record<string, Benchmark>>;

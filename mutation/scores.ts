import { aimOf, aims } from "./modules";

/** The fields of Stryker's report that are used: https://github.com/stryker-mutator/mutation-testing-elements (report schema). */
export interface Results {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

/** The mutants of a module that the tests detect. */
export interface Score {
  readonly module: string;
  readonly killed: number;
  readonly survived: number;
  /** Mutants of code that no test runs. */
  readonly notReached: number;
  /** The percentage of mutants that the tests detect. */
  readonly percent: number;
  /** The same of the mutants that a test reaches; undefined where none does. */
  readonly ofReached: number | undefined;
  readonly aim: number;
}

/** Returns the scores of modules, the lowest first. A module without mutants, such as one of types, has none. */
export function scoresOf({ files }: Results, modules: readonly string[]): Score[] {
  return modules
    .flatMap((module) => {
      const count = (...of: string[]) =>
        (files[module]?.mutants ?? []).filter(({ status }) => of.includes(status)).length;
      const killed = count("Killed", "Timeout");
      const [survived, notReached] = [count("Survived"), count("NoCoverage")];
      const all = killed + survived + notReached;
      if (all === 0) return [];
      const reached = killed + survived;
      return [
        {
          ...{ module, killed, survived, notReached, aim: aimOf(module) },
          percent: (100 * killed) / all,
          ofReached: reached === 0 ? undefined : (100 * killed) / reached,
        },
      ];
    })
    .sort((one, other) => one.percent - other.percent || (one.module < other.module ? -1 : 1));
}

/**
 * Whether a module's score is below its target. For a module that decides, all mutants count. Much of the others runs in
 * the end-to-end tests only, so there the mutants count that a unit test reaches.
 */
export function isBelowAim({ percent, ofReached = 100, aim }: Score): boolean {
  return (aim === aims.deciding ? percent : ofReached) < aim;
}

/** Returns the scores as a Markdown table. */
export function table(scores: readonly Score[]): string {
  const rows = scores.map((score) => [
    score.module,
    score.percent.toFixed(1),
    score.ofReached?.toFixed(1) ?? "none",
    String(score.aim),
    String(score.killed),
    String(score.survived),
    String(score.notReached),
    isBelowAim(score) ? "below" : "reached",
  ]);
  const header = ["module", "of all", "of reached", "aim", "killed", "survived", "not reached", "aim is"];
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [header, rule, ...rows].map(line).join("\n");
}

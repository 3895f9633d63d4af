import { aimOf } from "./modules";

/** What is read of Stryker's results: https://github.com/stryker-mutator/mutation-testing-elements (report schema). */
export interface Results {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

/** How many mutants of a module the tests notice. */
export interface Score {
  readonly module: string;
  readonly killed: number;
  readonly survived: number;
  /** Mutants of code that no test runs. */
  readonly notReached: number;
  /** Of a hundred mutants, how many the tests notice; those that are not reached count too. */
  readonly percent: number;
  readonly aim: number;
}

/** The scores of modules, the worst first; one without a mutant, such as one of types, has none. */
export function scoresOf({ files }: Results, modules: readonly string[]): Score[] {
  return modules
    .flatMap((module) => {
      const count = (...of: string[]) =>
        (files[module]?.mutants ?? []).filter(({ status }) => of.includes(status)).length;
      const killed = count("Killed", "Timeout");
      const [survived, notReached] = [count("Survived"), count("NoCoverage")];
      const all = killed + survived + notReached;
      if (all === 0) return [];
      return [{ module, killed, survived, notReached, percent: (100 * killed) / all, aim: aimOf(module) }];
    })
    .sort((one, other) => one.percent - other.percent || (one.module < other.module ? -1 : 1));
}

/** Whether a module's tests notice too few of its mutants. */
export function isBelowAim({ percent, aim }: Score): boolean {
  return percent < aim;
}

/** The scores as a table in Markdown. */
export function table(scores: readonly Score[]): string {
  const rows = scores.map((score) => [
    score.module,
    score.percent.toFixed(1),
    String(score.aim),
    String(score.killed),
    String(score.survived),
    String(score.notReached),
    isBelowAim(score) ? "below" : "reached",
  ]);
  const header = ["module", "score", "aim", "killed", "survived", "not reached", "aim is"];
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

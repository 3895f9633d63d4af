import type { Figure, Unit } from "./benchmark";
import type { Result } from "./run";

/** Returns the results as a table of Markdown, and below it why figures are missing. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.what,
    shown(result.was, result.unit),
    result.failure === undefined ? shown(result.median, result.unit) : "failed",
    aim(result),
    verdict(result),
  ]);
  const all = [["What", "Was", "Median", "Aim", ""], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const failures = [...new Set(results.flatMap(({ failure }) => failure ?? []))];
  return [
    line(all[0]!),
    rule,
    ...all.slice(1).map(line),
    ...failures.map((failure) => `\nFailed: ${failure}`),
  ].join("\n");
}

function aim({ aim: value, unit, atLeast }: Figure): string {
  return value === undefined ? "" : `${atLeast ? "at least " : ""}${shown(value, unit)}`;
}

function verdict({ median, aim: value, atLeast }: Result): string {
  if (median === undefined || value === undefined) return "";
  return (atLeast ? median >= value : median <= value) ? "met" : "missed";
}

/** Returns a value with two digits or more, and its unit. */
function shown(value: number | undefined, unit: Unit): string {
  if (value === undefined) return "";
  const digits = value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2;
  return unit === "×" ? `${value.toFixed(2)} ×` : `${value.toFixed(digits)} ${unit}`;
}

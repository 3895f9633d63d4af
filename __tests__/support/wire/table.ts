import type { Row } from "./compare";

const COLUMNS = ["calls", "answers", "errors", "refused"] as const;

/** Operation by operation: calls, answers and errors checked, inputs that the model refuses. */
export function table(rows: Readonly<Record<string, Row>>): string {
  const lines = Object.entries(rows)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, row]) => [name, ...COLUMNS.map((column) => row[column] ?? 0)] as const);
  const totals = COLUMNS.map((_, index) => lines.reduce((sum, line) => sum + Number(line[index + 1]), 0));
  const all = [["Checked with botocore's models", ...COLUMNS], ...lines, ["Total", ...totals]];
  const width = Math.max(...all.map(([name]) => `${name}`.length));
  return all
    .map(([name, ...cells]) => `${name}`.padEnd(width) + cells.map((cell) => `${cell}`.padStart(9)).join(""))
    .join("\n");
}

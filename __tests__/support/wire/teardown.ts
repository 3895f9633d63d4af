import { rmSync } from "node:fs";
import { compare } from "./compare";
import { table } from "./table";

/** Compares the calls of the run with botocore's models, prints a table of them, and fails the run if they differ. */
export default async function teardown(): Promise<void> {
  const folder = process.env.REHEARSAL_CALLS!;
  try {
    const { rows, problems } = await compare(folder);
    // Not stdout, where jest may write its results as JSON.
    if (Object.keys(rows).length > 0) console.error(table(rows));
    const lines = Object.entries(problems).map(([problem, count]) => `  ${problem} (${count} times)`);
    if (lines.length === 0) return;
    console.error(`\nCalls are not as AWS has them:\n${lines.sort().join("\n")}`);
    // Jest keeps it. Thrown, an error would keep jest from writing its results.
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

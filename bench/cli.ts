/**
 * Measures and prints one table:
 *
 *   npm run bench                    what takes seconds
 *   npm run bench -- NAME...         some benchmarks, by the names in bench/benchmarks.ts
 *   npm run bench -- --all           everything, for an hour, on a machine that does nothing else
 */
import { parseArgs } from "node:util";
import { benchmarks } from "./benchmarks";
import { machine } from "./machine";
import { chosen, run } from "./run";
import { table } from "./table";
import { runProgram, UsageError } from "../tasks/program";

async function main(): Promise<void> {
  const { names, all } = readArguments();
  const selected = chosen(benchmarks, names, all);
  const described = machine();
  const results = await run(selected, (what) => console.error(`Measuring ${what}`));
  console.log(`\n${table(results)}\n\n${new Date().toISOString().slice(0, 10)}, ${described}`);
  if (results.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

function readArguments(): { names: readonly string[]; all: boolean } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { all: { type: "boolean", default: false } },
    });
    return { names: positionals, all: values.all };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nUsage: npm run bench [-- NAME... | --all]`);
  }
}

runProgram(main);

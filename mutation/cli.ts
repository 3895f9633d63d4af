/**
 * Mutation tests, `npm run test:mutation [-- NAME …]`: changes the code in one place at a time, and reports the mutants
 * that survive the unit tests. Exits with 1 if a module's score is below its target.
 * See docs/decisions/0036-the-judges-are-judged.md.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "../tasks/process";
import { runProgram } from "../tasks/program";
import { allModules, modulesNamed } from "./modules";
import { isBelowAim, scoresOf, table, type Results } from "./scores";

const root = join(__dirname, "..");
const stryker = ".cache/mutation/node_modules/@stryker-mutator/core/bin/stryker.js";
const configuration = "mutation/stryker.config.json";

async function main(words: readonly string[]): Promise<void> {
  // Options of Stryker, such as --concurrency=4 or --force.
  const options = words.filter((word) => word.startsWith("-"));
  const modules = modulesNamed(
    words.filter((word) => !word.startsWith("-")),
    allModules(root),
  );
  const exit = await execute(
    process.execPath,
    [stryker, "run", configuration, ...options, "--mutate", modules.join(",")],
    { cwd: root },
  );
  if (exit !== 0) throw new Error("Stryker failed. Its output is above.");
  const { incrementalFile } = JSON.parse(readFileSync(join(root, configuration), "utf8")) as {
    incrementalFile: string;
  };
  const results = JSON.parse(readFileSync(join(root, incrementalFile), "utf8")) as Results;
  const scores = scoresOf(results, modules);
  console.log(table(scores));
  const below = scores.filter(isBelowAim);
  if (below.length === 0) return;
  throw new Error(`${below.map(({ module }) => module).join(", ")}: below the aim.`);
}

runProgram(() => main(process.argv.slice(2)));

/**
 * Prints the beginning of the path of a page on GitHub that shows what a plan delivers:
 * `node comparison.js PLAN`, where PLAN is a file with what `terraform show -json` prints. The new commit follows it.
 */
import { readFileSync } from "node:fs";
import { at, type Plan } from "../terraform/plan";
import { runProgram } from "../program";

/**
 * Returns `compare/<deployed commit>...`, from the variable COMMIT that the functions have before the plan; `commit/`
 * where nothing is deployed yet.
 */
export function comparisonOf({ resource_changes: changes = [] }: Plan): string {
  const deployed = changes
    .filter(({ address }) => address.startsWith("aws_lambda_function."))
    .map(({ change }) => at(at(at(at(change.before, "environment"), "0"), "variables"), "COMMIT"))
    .find((commit): commit is string => typeof commit === "string" && /^[0-9a-f]{40}$/.test(commit));
  return deployed === undefined ? "commit/" : `compare/${deployed}...`;
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [file = ""] = process.argv.slice(2);
  runProgram(() => console.log(comparisonOf(JSON.parse(readFileSync(file, "utf8")) as Plan)));
}

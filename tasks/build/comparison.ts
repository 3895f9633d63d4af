/**
 * Prints the beginning of the path of a page on GitHub that shows what a plan delivers:
 * `node comparison.js PLAN`, where PLAN is a file with what `terraform show -json` prints. The new commit follows it.
 */
import { readFileSync } from "node:fs";
import { at, type Plan } from "../terraform/plan";
import { runProgram } from "../program";

/**
 * Returns `compare/<deployed commit>...`: the delivered commit, which is a variable of the API's stage before the plan, or
 * else the one that a function has. `commit/` where nothing is deployed yet.
 */
export function comparisonOf({ resource_changes: changes = [] }: Plan): string {
  const before = (type: string) =>
    changes.filter(({ address }) => address.startsWith(`${type}.`)).map(({ change }) => change.before);
  const delivered = before("aws_apigatewayv2_stage").map((stage) =>
    at(at(stage, "stage_variables"), "commit"),
  );
  const versioned = before("aws_lambda_function").map((one) =>
    at(at(at(at(one, "environment"), "0"), "variables"), "COMMIT"),
  );
  const deployed = [...delivered, ...versioned].find(
    (commit): commit is string => typeof commit === "string" && /^[0-9a-f]{40}$/.test(commit),
  );
  return deployed === undefined ? "commit/" : `compare/${deployed}...`;
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [file = ""] = process.argv.slice(2);
  runProgram(() => console.log(comparisonOf(JSON.parse(readFileSync(file, "utf8")) as Plan)));
}

import { readFileSync } from "node:fs";
import {
  isEmpty,
  isImported,
  isMoved,
  isQuiet,
  isVersionCommit,
  opensRoute,
  soonerExpiry,
  type Plan,
  type ResourceChange,
} from "../terraform/plan";
import { readSettings } from "../../settings";
import { openApi } from "../barrier/weakenings";
import { runProgram } from "../program";

/** Characters of the names after the counts: an approval shows 1,000, and has other text too. */
const NAMES_LIMIT = 180;

/**
 * Returns the plan summary: Terraform's counts, then the names of what its `Plan:` line omits. That line does not count
 * moved and forgotten resources, and does not name imports.
 *
 * @param plan what `terraform show -json PLAN` prints
 */
export function summaryOf(plan: Plan): string {
  if (isEmpty(plan)) return "No changes.";
  const changes = (plan.resource_changes ?? []).filter((one) => !isVersionCommit(one));
  const outputs = Object.entries(plan.output_changes ?? {}).filter(([, { actions }]) => !isQuiet(actions));
  const counts = [
    count(changes.filter(isImported), "to import"),
    // A replacement is one of each, as Terraform counts it.
    count(acting(changes, "create"), "to add", true),
    count(acting(changes, "update"), "to change", true),
    count(acting(changes, "delete"), "to destroy", true),
    count(changes.filter(isMoved), "to move"),
    count(acting(changes, "forget"), "to forget"),
    outputs.length > 0 ? [`${outputs.length} ${outputs.length === 1 ? "output" : "outputs"} to change`] : [],
  ].flat();
  const names = [
    ...changes.filter(opensRoute).map(({ address }) => `opens ${address} to anyone`),
    ...changes.flatMap((change) => {
      const when = soonerExpiry(change);
      return when === undefined ? [] : [`deletes old versions in ${change.address} ${when}`];
    }),
    ...changes.filter(isImported).map(({ address }) => `imports ${address}`),
    ...changes.filter(isMoved).map(({ address, previous_address: from }) => `moves ${from} to ${address}`),
    ...acting(changes, "forget").map(
      ({ address }) => `forgets ${address}, which stays in AWS and is no longer managed`,
    ),
    ...outputs.map(([name]) => `changes the output ${name}`),
  ];
  return [`Plan: ${counts.join(", ")}.`, ...(names.length > 0 ? [`It ${fitted(names)}.`] : [])].join(" ");
}

function acting(changes: readonly ResourceChange[], action: string): ResourceChange[] {
  return changes.filter(({ change }) => change.actions.includes(action));
}

function count(of: readonly unknown[], what: string, always = false): string[] {
  return always || of.length > 0 ? [`${of.length} ${what}`] : [];
}

/** Returns as many names as fit, and the number of the others. */
function fitted(names: readonly string[]): string {
  let shown = 0;
  for (let length = 0; shown < names.length; shown++) {
    length += names[shown]!.length + 2;
    if (length > NAMES_LIMIT) break;
  }
  const left = names.length - shown;
  const rest = left > 0 ? [`and ${left} more: see the full plan`] : [];
  return [...names.slice(0, shown), ...rest].join("; ");
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [file = ""] = process.argv.slice(2);
  runProgram(() => {
    const summary = [summaryOf(JSON.parse(readFileSync(file, "utf8")) as Plan), ...openApi(readSettings())];
    console.log(summary.join(" "));
  });
}

import { driftBlocks, outputLine, resourceLines, stackLines } from "./lines";
import { plannedStacks, type DiffReport } from "./report";
import { warningsOf } from "./warnings";

/**
 * Returns a report as text for a terminal or a log.
 *
 * @param isFull whether every attribute is listed
 */
export function reportText(report: DiffReport, isFull = false): string {
  const attributes = isFull ? Infinity : undefined;
  const planned = plannedStacks(report);
  const drift = planned.flatMap((stack) => driftBlocks(stack, attributes)).flat();
  const stacks = planned.map(({ stack, resources, outputs }) =>
    section(stack, [
      ...resources.flatMap((one) => resourceLines(one, attributes)),
      ...outputs.map(outputLine),
    ]),
  );
  return [
    section("Read first", warningsOf(report)),
    ...stacks,
    section("Changed outside of Terraform (drift)", drift),
    section("Summary", stackLines(report)),
  ].join("");
}

/** Returns lines under a heading; nothing where there are none. */
function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : ["", heading, ...lines.map((line) => `  ${line}`), ""].join("\n");
}

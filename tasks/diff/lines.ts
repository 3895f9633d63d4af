import type { ChangedResource, DriftedResource } from "./changed-resource";
import type { AttributeChange } from "./attribute-changes";
import type { DiffReport } from "./report";
import type { PlannedStack, StackDiff } from "./stack-diff";

/** Attributes of a resource that are shown; the full plan has all of them. */
const ATTRIBUTES = 12;

/** Returns the lines of a resource: what happens to it, then its attributes. */
export function resourceLines(resource: ChangedResource, attributes = ATTRIBUTES): string[] {
  const { action, address, movedFrom, isImported, because } = resource;
  const details = [
    ...(because.length > 0 ? [`because of ${because.join(", ")}`] : []),
    ...(movedFrom === undefined ? [] : [`moved from ${movedFrom}`]),
    ...(isImported && action !== "imported" ? ["imported"] : []),
    ...(action === "forgotten" ? ["stays in AWS and is no longer managed"] : []),
  ];
  const first = [
    `${action.padEnd(9)} ${address}`,
    ...(details.length > 0 ? [`(${details.join("; ")})`] : []),
  ];
  return [first.join(" "), ...attributeLines(resource.attributes, attributes)];
}

/** Returns the line of an output that changes. */
export function outputLine(name: string): string {
  return `changed   output ${name}`;
}

/** Returns the lines of each resource that differs from its state. */
export function driftBlocks(
  { stack, drift }: Pick<PlannedStack, "stack" | "drift">,
  attributes = ATTRIBUTES,
): string[][] {
  return drift.map(({ address, isDeleted, attributes: changed }: DriftedResource) => [
    `${isDeleted ? "deleted" : "changed"} ${address} of ${stack}`,
    ...attributeLines(changed, attributes),
  ]);
}

/** Returns one line for each stack: the plan summary, or why it failed. */
export function stackLines({ stacks, withoutState }: DiffReport): string[] {
  const width = Math.max(14, ...stacks.map(({ stack }) => stack.length));
  const note = ({ stack }: StackDiff) => (withoutState.includes(stack) ? " It has no state yet." : "");
  return stacks.map((one) => `${one.stack.padEnd(width)} ${outcome(one)}${note(one)}`);
}

function outcome(diff: StackDiff): string {
  return "error" in diff ? `failed: ${diff.error}` : diff.summary;
}

function attributeLines(all: readonly AttributeChange[], limit: number): string[] {
  const more = all.length - limit;
  return [
    ...all.slice(0, limit).map(({ path, before, after }) => `    ${path}: ${before} → ${after}`),
    ...(more > 0 ? [`    and ${more} more attributes`] : []),
  ];
}

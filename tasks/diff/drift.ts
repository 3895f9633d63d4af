import { outputLine, driftBlocks, resourceLines } from "./lines";
import { exitStatus, isPlanned } from "./report";
import type { PlannedStack, StackDiff } from "./stack-diff";

/** What differs from the states of the deployed stacks. */
export interface DriftReport {
  /** The plans of the deployed stacks. */
  readonly stacks: readonly StackDiff[];
  /** The stacks that have a state and are not synthesized, so that they were not compared. */
  readonly onlyInState: readonly string[];
}

/** Returns the exit status: a stack that could not be compared counts more than drift. */
export function driftStatus({ stacks }: DriftReport): (typeof exitStatus)[keyof typeof exitStatus] {
  if (!stacks.every(isPlanned)) return exitStatus.failed;
  return stacks.some(({ drift }) => drift.length > 0) ? exitStatus.changed : exitStatus.unchanged;
}

/** Describes what differs, each resource with its attributes. */
export function driftText({ stacks, onlyInState }: DriftReport): string {
  const planned = stacks.filter(isPlanned);
  const blocks = planned.flatMap((stack) => driftBlocks(stack)).flat();
  const compared = planned.map(({ stack }) => stack).join(", ");
  return [
    ...(blocks.length > 0 ? ["Changed outside of Terraform:", ...blocks.map((line) => `  ${line}`)] : []),
    ...(blocks.length === 0 && compared !== ""
      ? [`Nothing was changed outside of Terraform in ${compared}.`]
      : []),
    ...stacks.flatMap((one) => (isPlanned(one) ? [] : [`${one.stack} was not compared: ${one.error}`])),
    ...onlyInState.map(
      (stack) => `${stack} was not compared: it has a state, but the checked-out commit does not have it.`,
    ),
  ].join("\n");
}

/** Describes what the repair of a stack would change. */
export function repairText({ resources, outputs }: PlannedStack): string {
  return [...resources.flatMap((one) => resourceLines(one)), ...outputs.map(outputLine)].join("\n");
}

/**
 * @param stack the stack as the checked-out commit would deploy it
 * @throws Error if that changes more than what differs, or nothing
 */
export function refuseMoreThanDrift({ stack, resources, outputs, drift }: PlannedStack): void {
  const drifted = drift.map(({ address }) => address);
  const more = [
    ...resources.map(({ address }) => address).filter((address) => !drifted.includes(address)),
    ...outputs.map((name) => `output ${name}`),
  ];
  if (more.length > 0) {
    throw new Error(
      `Nothing was changed: the checked-out commit would also change\n${more.map((one) => `  - ${one}`).join("\n")}\n` +
        "Check out the commit that is deployed (npm run status shows production's), and repair with that.",
    );
  }
  if (resources.length === 0) {
    throw new Error(
      `Nothing was changed: an apply of ${stack} changes nothing. What differs is ignored, or is not an argument.`,
    );
  }
}

import type { FailedStack, PlannedStack, StackDiff } from "./stack-diff";

/** What a comparison found, a line each, or why it could not be made. */
export type Finding = { readonly lines: readonly string[] } | { readonly error: string };

/** What a commit would change in the account. All texts can be shown as they are. */
export interface DiffReport {
  readonly stacks: readonly StackDiff[];
  /** The permissions that roles would have in addition. */
  readonly permissions: Finding;
  /** What changes in the pipeline's definition. */
  readonly definition: Finding;
  /** The stacks that have a state in the account and are not synthesized, so that no plan shows them. */
  readonly onlyInState: readonly string[];
  /** The stacks that have no state yet: their plan creates everything. */
  readonly withoutState: readonly string[];
  /** What other code changes in the state stack, which is never planned as received. */
  readonly bootstrapOnly: readonly string[];
}

/** Exit status as that of `terraform plan -detailed-exitcode`. */
export const exitStatus = { unchanged: 0, failed: 1, changed: 2 } as const;

export function isPlanned(diff: StackDiff): diff is PlannedStack {
  return !("error" in diff);
}

export function plannedStacks({ stacks }: DiffReport): PlannedStack[] {
  return stacks.filter(isPlanned);
}

export function failedStacks({ stacks }: DiffReport): FailedStack[] {
  return stacks.filter((one): one is FailedStack => !isPlanned(one));
}

/** Returns the exit status: a plan that failed counts more than changes, and drift alone is no change. */
export function statusOf(report: DiffReport): (typeof exitStatus)[keyof typeof exitStatus] {
  // The definition of a pipeline that was deployed before it was stored, or that the role cannot read yet, is not known.
  if (failedStacks(report).length > 0 || "error" in report.permissions) return exitStatus.failed;
  const isChanged = plannedStacks(report).some(
    ({ resources, outputs }) => resources.length + outputs.length > 0,
  );
  return isChanged ? exitStatus.changed : exitStatus.unchanged;
}

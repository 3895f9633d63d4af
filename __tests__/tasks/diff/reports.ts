import type { ChangedResource } from "../../../tasks/diff/changed-resource";
import type { DiffReport } from "../../../tasks/diff/report";
import type { PlannedStack } from "../../../tasks/diff/stack-diff";

/** Returns a report of stacks without findings. */
export function reportOf(stacks: DiffReport["stacks"], changes: Partial<DiffReport> = {}): DiffReport {
  return {
    stacks,
    permissions: { lines: [] },
    definition: { lines: [] },
    onlyInState: [],
    withoutState: [],
    bootstrapOnly: [],
    ...changes,
  };
}

/** Returns a planned stack. */
export function stackWith(
  resources: readonly ChangedResource[],
  changes: Partial<PlannedStack> = {},
): PlannedStack {
  return {
    stack: "service-dev",
    summary: "Plan: 1 to change.",
    resources,
    outputs: [],
    drift: [],
    ...changes,
  };
}

/** Returns a resource that a plan changes. */
export function resourceWith(changes: Partial<ChangedResource> = {}): ChangedResource {
  return {
    address: "aws_s3_bucket.documents",
    action: "changed",
    isImported: false,
    movedFrom: undefined,
    lost: undefined,
    opensRoute: false,
    soonerExpiry: undefined,
    because: [],
    attributes: [],
    ...changes,
  };
}

import type { Stage } from "./stages";

/** Days also where approvals are short: a failed stage can be retried with the artifacts of its execution. */
const SHORTEST = 30;

/** Days of an execution beside its approvals. */
const BESIDE_APPROVALS = 2;

const MINUTES_A_DAY = 24 * 60;

/**
 * Returns the days that the pipeline's artifacts are kept: one that expires while its execution waits cannot be deployed.
 *
 * @param approvalMinutes how long each approval can wait
 */
export function artifactDays(stages: readonly Stage[], approvalMinutes: number): number {
  const approvals = stages.flatMap(({ actions }) => actions).filter(({ kind }) => kind === "approval").length;
  return Math.max(SHORTEST, Math.ceil((approvals * approvalMinutes) / MINUTES_A_DAY) + BESIDE_APPROVALS);
}

/**
 * Counts the changes that only `npm run bootstrap` can deploy. Raise it by one in a commit whose pipeline needs a newer
 * state stack (boundaries, parameters) or permissions that the deployed SelfUpdate lacks: SelfUpdate then leaves the
 * pipeline as it is and says so, instead of failing halfway, until bootstrap has been run.
 */
export const bootstrapLevel = 3;

/** The level from which on the state stack has a boundary for the functions of each environment. */
export const ownFunctionBoundaries = 2;

/** The level without which SelfUpdate cannot deploy the pipeline stack at all. */
const lowestLevel = 2;

/**
 * Returns the level that a pipeline stack needs which was synthesized for an account. What needs a higher one than the
 * account has is left out of it, so that a push updates the rest.
 */
export function neededLevel(bootstrapped: number): number {
  return Math.min(Math.max(bootstrapped, lowestLevel), bootstrapLevel);
}

/** The level from which on bootstrap creates production's API, and steps look for it. */
export const productionApiFirst = 2;

/** The level from which on the state stack has the topic that is notified of approvals. */
export const approvalNotifications = 3;

/** The level from which on the pipeline looks for drift on a schedule. */
export const scheduledDrift = 3;

/** The level from which on the allow list of every pipeline has what a version's own commit needs. */
export const commitPerVersion = 3;

/** The level from which on the deployed programs accept the function that sets commit statuses. */
export const commitStatusFunction = 3;

/** The variable that holds the bootstrapped level in a build, and the parameter that it comes from. */
export const bootstrapLevelName = "pipeline_bootstrap_level";

/**
 * Counts the changes that only `npm run bootstrap` can deploy. Raise it by one in a commit whose pipeline needs a newer
 * state stack (boundaries, parameters) or permissions that the deployed SelfUpdate lacks: SelfUpdate then leaves the
 * pipeline as it is and says so, instead of failing halfway, until bootstrap has been run.
 */
export const bootstrapLevel = 2;

/** The level from which on the state stack has a boundary for the functions of each environment. */
export const ownFunctionBoundaries = 2;

/** The level from which on bootstrap creates production's API, and steps look for it. */
export const productionApiFirst = 2;

/** The variable that holds the bootstrapped level in a build, and the parameter that it comes from. */
export const bootstrapLevelName = "pipeline_bootstrap_level";

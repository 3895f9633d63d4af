/**
 * Counts the changes that only `npm run bootstrap` can deploy. Raise it by one in a commit whose pipeline needs a newer
 * state stack (boundaries, parameters) or permissions that the deployed SelfUpdate lacks: SelfUpdate then leaves the
 * pipeline as it is and says so, instead of failing halfway, until somebody has run bootstrap.
 */
export const bootstrapLevel = 1;

/** The variable by which a build knows the level that was bootstrapped, and the parameter that it comes from. */
export const bootstrapLevelName = "pipeline_bootstrap_level";

import { functionNames, releaseVariables, type ServiceFunction } from "../../stacks/functions";

/** What `API_PREVIOUS` is where another run could still change the version that was live. */
export const unknownVersion = "unknown";

/** The release of a function by a run of the pipeline. */
export interface ReleasedVersion {
  readonly name: ServiceFunction;
  readonly version: string;
  /** The version before; undefined where it is unknown. */
  readonly previous: string | undefined;
}

/** Returns what a run has released, from the variables that DeployOnProd exported. */
export function releasedVersions(environment: NodeJS.ProcessEnv): ReleasedVersion[] {
  return functionNames.flatMap((name) => {
    const variables = releaseVariables(name);
    if (environment[variables.release] !== "needed") return [];
    const previous = environment[variables.previous];
    return {
      name,
      version: environment[variables.version] ?? "",
      previous: previous === unknownVersion ? undefined : previous,
    };
  });
}

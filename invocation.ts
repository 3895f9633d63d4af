import { z } from "zod";
import { settingNames, type SettingName } from "./settings";

const repositoryIdentity = z.object({
  owner: z.string(),
  ownerId: z.string(),
  name: z.string(),
  id: z.string(),
});

/** The repository as GitHub spells it, with the ids that stay when it is renamed. */
export type RepositoryIdentity = Readonly<z.infer<typeof repositoryIdentity>>;

/** What `main.ts` gets from bootstrap and CodeBuild, in addition to the settings. */
export interface Invocation {
  /** The commit of the build, which the service reports; `local` outside of a build. */
  readonly commit: string;
  /** Where the state of the state stack is: `local` only until bootstrap has created the bucket for it. */
  readonly stateBackend: "s3" | "local";
  /** The identity that bootstrap read from GitHub; undefined otherwise. */
  readonly repository?: RepositoryIdentity;
  /**
   * The settings with an SSM parameter: in a build those that it got, otherwise all, because bootstrap writes them. A
   * build must not ask for the parameter of a new setting before bootstrap has written it.
   */
  readonly storedSettings: readonly SettingName[];
  /**
   * The bootstrap level of the account, in a build: a commit must not use what only the next bootstrap creates.
   * Undefined outside of a build.
   */
  readonly bootstrapped?: number;
}

/** Reads the variables of CodeBuild and bootstrap. */
export function readInvocation(env: NodeJS.ProcessEnv = process.env): Invocation {
  return {
    // CodeBuild sets it to the commit of the source, also if the source comes from CodePipeline.
    commit: env.CODEBUILD_RESOLVED_SOURCE_VERSION || "local",
    stateBackend: env.hw_state_backend === "local" ? "local" : "s3",
    ...(env.hw_github_repository && {
      repository: repositoryIdentity.parse(JSON.parse(env.hw_github_repository)),
    }),
    storedSettings: env.CODEBUILD_BUILD_ID ? settingNames.filter((name) => env[name]) : settingNames,
    // A pipeline from before there were levels does not set it.
    ...(env.CODEBUILD_BUILD_ID && { bootstrapped: Number(env.pipeline_bootstrap_level || 0) }),
  };
}

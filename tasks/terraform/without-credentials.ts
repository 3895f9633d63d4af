import { devNull } from "node:os";
import { settingNames } from "../../settings";

/** The variables that code which only synthesizes gets, besides the settings. */
const KEPT = new Set<string>([
  ...settingNames,
  ...["CI", "LANG", "LC_ALL", "PATH", "TEMP", "TERM", "TMP", "TMPDIR"],
  // Set by builds and bootstrap, see readInvocation.
  ...["CODEBUILD_BUILD_ID", "CODEBUILD_RESOLVED_SOURCE_VERSION", "hw_github_repository", "hw_state_backend"],
]);

/**
 * Returns the changes of an environment after which AWS clients find no credentials in variables, files or the metadata of
 * an instance. This is not a sandbox: the process can read every file that the user can.
 *
 * @returns undefined for each variable to remove
 */
export function withoutCredentials(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(
      Object.keys(environment)
        .filter((name) => !KEPT.has(name))
        .map((name) => [name, undefined]),
    ),
    HOME: devNull,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

import { devNull } from "node:os";
import { settingNames } from "../../settings";

/** What code that only synthesizes may know of its environment, beside the settings. */
const KEPT = new Set<string>([
  ...settingNames,
  ...["CI", "LANG", "LC_ALL", "PATH", "TEMP", "TERM", "TMP", "TMPDIR"],
  // What a build and bootstrap say of themselves, see readInvocation.
  ...["CODEBUILD_BUILD_ID", "CODEBUILD_RESOLVED_SOURCE_VERSION", "hw_github_repository", "hw_state_backend"],
]);

/**
 * Changes of an environment after which a process finds no credentials in it, nor where the AWS clients look: in files
 * and at the address of an instance. It is no sandbox: the process can open whatever the user can.
 *
 * @returns each variable that is to be removed as undefined
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

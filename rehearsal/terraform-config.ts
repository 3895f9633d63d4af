import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * What Terraform, cdktf and the AWS provider need in their environment besides credentials, for the
 * processes of a rehearsal and of the tests only: the providers `tasks/setup.mjs` found, and no calls home.
 * A TF_CLI_CONFIG_FILE that exists is respected; Terraform merely warns about one that doesn't.
 */
export function terraformEnvironment(root: string): Record<string, string> {
  const own = process.env["TF_CLI_CONFIG_FILE"];
  const ours = join(root, ".cache", "terraform.rc");
  return {
    ...(!(own && existsSync(own)) && existsSync(ours) ? { TF_CLI_CONFIG_FILE: ours } : {}),
    // The AWS provider lives for seconds and builds the schemas of a thousand resources each time: with the default
    // of 100 Go spends a quarter of that on collecting garbage, and saves 30 MB by it.
    GOGC: process.env.GOGC ?? "300",
    // Both ask a server for a newer version of themselves, which takes seconds where there is none.
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
    // A client without credentials otherwise asks the metadata address, beyond this machine.
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

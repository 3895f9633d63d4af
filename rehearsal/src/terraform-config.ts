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
    // Terraform and the AWS provider live for seconds and build the schemas of a thousand resources each time. With
    // its defaults Go spends a third of that on collecting garbage, and saves 100 MB of 730 by it: it is left alone
    // up to a gibibyte each.
    GOGC: process.env.GOGC ?? "off",
    GOMEMLIMIT: process.env.GOMEMLIMIT ?? "1GiB",
    // Both ask a server for a newer version of themselves, which takes seconds where there is none.
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
    // A client without credentials otherwise asks the metadata address, beyond this machine.
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

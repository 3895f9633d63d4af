import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns the environment of Terraform in the builds of a rehearsal. As in AWS, they inherit no plugin cache; they
 * install providers from the machine's as from a mirror.
 */
export function terraformEnvironmentOfBuilds(root: string): Record<string, string | undefined> {
  const shared = terraformEnvironment(root);
  // With a configuration of the operator's own, only its cache can keep builds from downloading.
  if (shared.TF_CLI_CONFIG_FILE === undefined) return shared;
  const ours = join(root, ".cache", "terraform-builds.rc");
  return {
    ...shared,
    ...(existsSync(ours) && { TF_CLI_CONFIG_FILE: ours }),
    TF_PLUGIN_CACHE_DIR: undefined,
  };
}

/**
 * Returns the environment of Terraform, cdktf and the AWS provider in rehearsals and tests: the providers that
 * `tasks/setup.mjs` found, and no telemetry. An existing TF_CLI_CONFIG_FILE is respected; Terraform only warns about
 * a missing one.
 */
export function terraformEnvironment(root: string): Record<string, string> {
  const own = process.env["TF_CLI_CONFIG_FILE"];
  const ours = join(root, ".cache", "terraform.rc");
  return {
    ...(!(own && existsSync(own)) && existsSync(ours) ? { TF_CLI_CONFIG_FILE: ours } : {}),
    // Terraform and the AWS provider run for seconds and build the schemas of a thousand resources each time. With
    // Go's defaults a third of that is garbage collection, which saves 100 MB of 730; it starts at 1 GiB instead.
    GOGC: process.env.GOGC ?? "off",
    GOMEMLIMIT: process.env.GOMEMLIMIT ?? "1GiB",
    // Both check for a newer version, which takes seconds without a network.
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
    // Without credentials a client would call the instance metadata service.
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

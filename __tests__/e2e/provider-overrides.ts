import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes the Terraform of the processes that this one starts run the AWS provider without hashing it, if
 * `tasks/setup.mjs` has found it in a filesystem mirror. Each command compares the provider's 707 MB with the lock file
 * otherwise, which takes an eighth of the processor time of a rehearsal. `npm run rehearse` and
 * `main-is-live-in-production` do that; `terraform init` still does.
 * https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
 */
export function overrideProvider(root: string): void {
  const config = join(root, ".cache/terraform.rc");
  // It is the operator's own, or this process has overridden the provider already.
  if (process.env.TF_CLI_CONFIG_FILE !== config) return;
  const folder = mirrored(root);
  if (folder === undefined) return;
  const overrides = `provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = ${JSON.stringify(folder)}\n  }\n`;
  const file = join(root, ".cache/terraform-e2e.rc");
  // Atomically: the Terraform of another test can be reading it.
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, readFileSync(config, "utf8").replace("provider_installation {\n", overrides));
  renameSync(partial, file);
  process.env.TF_CLI_CONFIG_FILE = file;
}

/** Returns the folder of the provider's package; undefined if it comes from the registry. */
function mirrored(root: string): string | undefined {
  const { folders } = JSON.parse(readFileSync(join(root, ".cache/providers.json"), "utf8")) as {
    folders: string[];
  };
  const provider = folders.find((folder) => folder.endsWith("/registry.terraform.io/hashicorp/aws"));
  if (provider === undefined) return undefined;
  const packages = readdirSync(provider).flatMap((version) =>
    readdirSync(join(provider, version)).map((platform) => join(provider, version, platform)),
  );
  return packages.length === 1 ? packages[0] : undefined;
}

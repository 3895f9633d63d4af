import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ADDRESS = "registry.terraform.io/hashicorp/aws";

/**
 * Makes the Terraform of the processes that this one starts run the AWS provider without hashing it, if it is in a
 * filesystem mirror. Each command compares the provider's 707 MB with the lock file otherwise, which takes a tenth of
 * the processor time of a rehearsal. `npm run rehearse` and `main-is-live-in-production` do that; `terraform init` still
 * does. https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
 */
export function overrideProvider(root: string): void {
  const configured = process.env.TF_CLI_CONFIG_FILE ?? "";
  const text = existsSync(configured) ? readFileSync(configured, "utf8") : "";
  const folder = text.includes("dev_overrides") ? undefined : mirrored(text);
  if (folder === undefined) return;
  const overrides = `provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = ${JSON.stringify(folder)}\n  }\n`;
  const file = join(root, ".cache/terraform-e2e.rc");
  // Atomically: the Terraform of another test can be reading it.
  writeFileSync(`${file}.${process.pid}`, text.replace("provider_installation {\n", overrides));
  renameSync(`${file}.${process.pid}`, file);
  process.env.TF_CLI_CONFIG_FILE = file;
}

/** Returns the folder of the provider in the mirror of a configuration that `tasks/setup.mjs` has written. */
function mirrored(text: string): string | undefined {
  const [, path] =
    /path += (".+")\n +include = \["registry\.terraform\.io\/hashicorp\/aws"\]/.exec(text) ?? [];
  if (path === undefined) return undefined;
  const versions = join(JSON.parse(path) as string, ADDRESS);
  const found = readdirSync(versions).flatMap((version) =>
    readdirSync(join(versions, version)).map((platform) => join(versions, version, platform)),
  );
  return found.length === 1 ? found[0] : undefined;
}

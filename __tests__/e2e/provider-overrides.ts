import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

const AWS = "registry.terraform.io/hashicorp/aws";

/**
 * Makes the Terraform of the processes that this one starts run the AWS provider without hashing it, if
 * `tasks/setup.mjs` has found it in a filesystem mirror. Otherwise each command compares the provider's 707 MB with the
 * lock file, and `terraform init` twice, which takes an eighth of the processor time of a rehearsal. `npm run rehearse`
 * and `main-is-live-in-production` do that.
 * https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
 *
 * @returns what the environment of the operator's commands needs for it
 */
export function overrideProvider(root: string): Readonly<Record<string, string>> {
  const config = join(root, ".cache/terraform.rc");
  const folder = mirrored(root);
  if (process.env.TF_CLI_CONFIG_FILE === config && folder !== undefined) {
    const mirror = folder.slice(0, folder.indexOf(`/${AWS}/`));
    const standIn = join(standIns(root), relative(mirror, folder));
    mkdirSync(standIn, { recursive: true });
    writeWhole(root, join(standIn, executable(folder)), STAND_IN);
    const overrides = `provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = ${JSON.stringify(folder)}\n  }\n`;
    const text = readFileSync(config, "utf8")
      .replace("provider_installation {\n", overrides)
      .replace(JSON.stringify(mirror), JSON.stringify(standIns(root)));
    writeWhole(root, overriding(root), text);
    process.env.TF_CLI_CONFIG_FILE = overriding(root);
  }
  // It is the operator's own.
  if (process.env.TF_CLI_CONFIG_FILE !== overriding(root)) return {};
  // cdktf would install the stand-in for everyone, in ~/.terraform.d/plugin-cache.
  const TF_PLUGIN_CACHE_DIR = join(root, ".cache/plugin-cache-of-tests");
  mkdirSync(TF_PLUGIN_CACHE_DIR, { recursive: true });
  return { TF_PLUGIN_CACHE_DIR };
}

/** Adds the hash of what `terraform init` installs then to the lock file of a clone. */
export function lockOverride(root: string, clone: string): void {
  const folder = mirrored(root);
  const file = join(clone, ".terraform.lock.hcl");
  // Commits from before programs were pinned have none.
  if (process.env.TF_CLI_CONFIG_FILE !== overriding(root) || !folder || !existsSync(file)) return;
  const sum = createHash("sha256").update(STAND_IN).digest("hex");
  // https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1
  const hash = createHash("sha256")
    .update(`${sum}  ${executable(folder)}\n`)
    .digest("base64");
  const before = readFileSync(file, "utf8");
  if (before.includes(hash)) return;
  const lock = before.replace(
    /(provider "registry\.terraform\.io\/hashicorp\/aws" [^]*?hashes = \[\n)([^\]]*)/,
    // Terraform takes another order for a change of the file.
    (_, start: string, hashes: string) =>
      start + [...hashes.trimEnd().split("\n"), `    "h1:${hash}",`].sort().join("\n") + "\n  ",
  );
  writeFileSync(file, lock);
}

/** What `terraform init` finds and hashes instead of the provider. Nothing starts it. */
const STAND_IN = "The AWS provider is in the folder of dev_overrides.\n";

const overriding = (root: string) => join(root, ".cache/terraform-e2e.rc");

const standIns = (root: string) => join(root, ".cache/provider-stand-ins");

function executable(folder: string): string {
  return readdirSync(folder).find((name) => name.startsWith("terraform-provider-aws"))!;
}

/** Atomically: the Terraform of another test can be reading it. */
function writeWhole(root: string, file: string, text: string): void {
  const partial = join(root, ".cache", `${basename(file)}.${process.pid}`);
  writeFileSync(partial, text, { mode: 0o755 });
  renameSync(partial, file);
}

/** Returns the folder of the provider's package; undefined if it comes from the registry. */
function mirrored(root: string): string | undefined {
  const { folders } = JSON.parse(readFileSync(join(root, ".cache/providers.json"), "utf8")) as {
    folders: string[];
  };
  const provider = folders.find((folder) => folder.endsWith(`/${AWS}`));
  if (provider === undefined) return undefined;
  const packages = readdirSync(provider).flatMap((version) =>
    readdirSync(join(provider, version)).map((platform) => join(provider, version, platform)),
  );
  return packages.length === 1 ? packages[0] : undefined;
}

import { entriesOf, valueAt, type JsonObject } from "../../stacks/stack-json";

/** The name of the file in which Terraform looks for the hashes of providers. */
export const LOCK_FILE = ".terraform.lock.hcl";

/** A provider as a lock file has it. */
export interface LockedProvider {
  /** Such as `registry.terraform.io/hashicorp/aws`. */
  readonly address: string;
  readonly version: string;
  readonly hashes: readonly string[];
  /** Its part of the file. */
  readonly block: string;
}

/** Reads the providers of a lock file. https://developer.hashicorp.com/terraform/language/files/dependency-lock */
export function lockedProviders(lock: string): LockedProvider[] {
  return [...lock.matchAll(/^provider "([^"]+)" \{\n[^]*?^\}\n/gm)].map(([block, address]) => ({
    address: address!,
    version: /^ {2}version\s+= "(.*)"$/m.exec(block)?.[1] ?? "",
    hashes: [...block.matchAll(/^ {4}"(\w+:[^"]+)",$/gm)].map(([, hash]) => hash!),
    block,
  }));
}

/**
 * Returns the lock file of a stack: the providers that it requires, and no other. With one more or less
 * `terraform init -lockfile=readonly` says that the dependencies changed, and stops.
 *
 * @param lock the text of the project's own lock file, which has the providers of all stacks
 * @throws Error that names a provider that is not locked in the version that the stack requires
 */
export function lockOf(stack: JsonObject, lock: string): string {
  const locked = lockedProviders(lock);
  const blocks = entriesOf(valueAt(stack, "terraform", "required_providers")).map(([name, required]) => {
    const [source, version] = [valueAt(required, "source") ?? name, valueAt(required, "version")];
    const address = addressOf(typeof source === "string" ? source : JSON.stringify(source));
    const found = locked.find((one) => one.address === address && one.version === version);
    if (found) return found.block;
    throw new Error(
      `${LOCK_FILE} has no hashes for ${address} ${JSON.stringify(version)}. ` +
        "Lock that version first: docs/runbooks/new-provider-version.md",
    );
  });
  return blocks.sort().join("\n");
}

/** The full address of a provider's source, in which host and namespace have defaults. */
function addressOf(source: string): string {
  const parts = source.split("/");
  return [...["registry.terraform.io", "hashicorp"].slice(0, Math.max(0, 3 - parts.length)), ...parts].join(
    "/",
  );
}

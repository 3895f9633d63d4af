import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root as project } from "../command";
import { finders, type Lookup } from "./import-ids";
import { References } from "./reference-resolver";
import { parseState, type StateFile } from "./state-files";
import { importedAddresses, resources, stackFolder, type Resource } from "./synth-output";

/** The setting with the name of a stack's bucket. */
const bucketSettings: Readonly<Record<string, string>> = {
  state: "pipeline_state_bucket_name",
  pipeline: "pipeline_bucket_name",
};

/**
 * Makes the next apply of a stack import what a killed apply created and did not record: writes import blocks beside the
 * stack's JSON, which the plan then shows.
 *
 * @param state the stack's state, if there is one
 * @param callerArn an ARN of the account, for its partition and id
 * @param root where `cdktf.out` is
 * @param isWanted whether to look for a resource
 * @returns the addresses that will be imported
 */
export async function importExisting(
  stack: string,
  state: StateFile | undefined,
  callerArn: string,
  root = project,
  isWanted: (resource: Resource) => boolean = () => true,
): Promise<string[]> {
  const [, partition = "", , , account = ""] = callerArn.split(":");
  const all = resources(stack, root);
  const imported = importedAddresses(stack, root);
  const unknown = all.filter(
    (one) => !state?.addresses.has(one.address) && !imported.has(one.address) && isWanted(one),
  );
  const references = new References(all, (resource, lookup) =>
    existingId(resource, { ...lookup, stack, partition, account }),
  );
  const found = await Promise.all(unknown.map(({ address }) => references.id(address)));
  const imports = unknown.flatMap(({ address }, index) => {
    const id = found[index];
    return id === undefined ? [] : [{ to: address, id }];
  });
  removeImportBlocks(stack, root);
  if (imports.length > 0)
    writeFileSync(importFile(stack, root), JSON.stringify({ import: imports }, undefined, 2));
  return imports.map(({ to }) => to);
}

/** Removes the import blocks, once they are applied or not needed. */
export function removeImportBlocks(stack: string, root = project): void {
  rmSync(importFile(stack, root), { force: true });
}

function importFile(stack: string, root: string): string {
  return join(stackFolder(stack, root), "import.tf.json");
}

async function existingId(resource: Resource, lookup: Lookup): Promise<string | undefined> {
  try {
    return await finders[resource.type]?.(lookup);
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404 || /NotFound|NoSuchEntity/.test(name ?? "")) return undefined;
    if (resource.type === "aws_s3_bucket" && $metadata?.httpStatusCode === 403) {
      const setting = bucketSettings[lookup.stack] ?? "hw_stack_bucket_name";
      throw new Error(
        `The bucket ${String(resource.arguments.bucket)} exists, but refuses you: it belongs to another account ` +
          `(bucket names are global), or you lack s3:ListBucket. Choose another ${setting}, or use a role that has it.`,
      );
    }
    throw error;
  }
}

/**
 * Reads the state in a local file, if there is one. A tainted resource is one that Terraform created and was interrupted
 * before it had read it. Terraform would replace it, which fails for a bucket, and blocks a secret's name for a month.
 * The resource exists; the next apply corrects what differs.
 */
export function localState(path: string): StateFile | undefined {
  // Terraform leaves an empty file when it is killed as it starts to write, and treats it as no state.
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text === "") return undefined;
  const state = parseState(text);
  if (!state) throw new Error(`${path} is not a Terraform state. Look at it yourself.`);
  return state;
}

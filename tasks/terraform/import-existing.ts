import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root as project } from "../command";
import { finders, type Sought } from "./import-ids";
import { References } from "./reference-resolver";
import { parseState, type StateFile } from "./state-files";
import { importedAddresses, resources, stackFolder, type Resource } from "./synth-output";

/** The setting by which the bucket of a stack gets its name. */
const bucketSettings: Readonly<Record<string, string>> = {
  state: "pipeline_state_bucket_name",
  pipeline: "pipeline_bucket_name",
};

/**
 * Has the next apply of a stack take over what an apply that was killed had created without writing it
 * down: import blocks beside the stack's own file, which the plan then shows.
 *
 * @param state what the stack's state knows, if there is one
 * @param callerArn an ARN of the account, for its partition and number
 * @param root where `cdktf.out` is
 * @param isWanted which resources are looked for
 * @returns the addresses that will be taken over
 */
export async function adoptOrphans(
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
  const references = new References(all, (resource, sought) =>
    existingId(resource, { ...sought, stack, partition, account }),
  );
  const found = await Promise.all(unknown.map(({ address }) => references.id(address)));
  const imports = unknown.flatMap(({ address }, index) => {
    const id = found[index];
    return id === undefined ? [] : [{ to: address, id }];
  });
  forgetOrphans(stack, root);
  if (imports.length > 0)
    writeFileSync(adoptFile(stack, root), JSON.stringify({ import: imports }, undefined, 2));
  return imports.map(({ to }) => to);
}

/** Removes the import blocks, once they are applied or not wanted. */
export function forgetOrphans(stack: string, root = project): void {
  rmSync(adoptFile(stack, root), { force: true });
}

function adoptFile(stack: string, root: string): string {
  return join(stackFolder(stack, root), "adopt.tf.json");
}

async function existingId(resource: Resource, sought: Sought): Promise<string | undefined> {
  try {
    return await finders[resource.type]?.(sought);
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404 || /NotFound|NoSuchEntity/.test(name ?? "")) return undefined;
    if (resource.type === "aws_s3_bucket" && $metadata?.httpStatusCode === 403) {
      const setting = bucketSettings[sought.stack] ?? "hw_stack_bucket_name";
      throw new Error(
        `The bucket ${String(resource.arguments.bucket)} is there, but refuses you: it belongs to another account ` +
          `(bucket names are global), or you lack s3:ListBucket. Choose another ${setting}, or use a role that may.`,
      );
    }
    throw error;
  }
}

/**
 * The state in a local file, if there is one. What it calls tainted, Terraform made but was interrupted
 * before it had looked at it, and would destroy and make again, which a bucket refuses and a secret's name
 * survives by a month. It is there; the next apply puts right what differs.
 */
export function localState(path: string): StateFile | undefined {
  // Empty is what Terraform leaves when it is killed as it begins to write; it counts that as no state.
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text === "") return undefined;
  const state = parseState(text);
  if (!state) throw new Error(`${path} is not a state that Terraform wrote: look at it by hand.`);
  return state;
}

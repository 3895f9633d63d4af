import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { visible } from "../../stacks/visible-text";
import { entriesOf, type JsonObject } from "../../stacks/stack-json";
import { LOCK_FILE, lockOf } from "../barrier/provider-lock";
import { driftedResources, type DriftedResource } from "../diff/changed-resource";
import { failureMessage } from "../diff/failure";
import { driftBlocks } from "../diff/lines";
import { setArguments } from "../diff/set-arguments";
import { capture } from "../process";
import { KEPT, keptPlan } from "../terraform/kept-plan";
import type { Plan } from "../terraform/plan";
import { withoutResources } from "./kept-stacks";

/** What differs between a stack's state and the account. */
export interface Drift {
  readonly lines: readonly string[];
  /** The SHA-256 of all of it; empty where nothing differs. */
  readonly digest: string;
}

/**
 * Compares a deployed stack with the account. It changes nothing and takes no lock.
 *
 * @param stack the stack as it was deployed
 * @param folder an empty folder for Terraform
 * @param lock the text of the lock file with the hashes of all providers
 * @throws Error that says why Terraform could not compare it
 */
export async function compareStack(
  stackId: string,
  stack: JsonObject,
  folder: string,
  lock: string,
): Promise<Drift> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "cdk.tf.json"), JSON.stringify(withoutResources(stack)));
  await writeFile(join(folder, LOCK_FILE), lockOf(stack, lock));
  await terraform(folder, "init", "-input=false", "-lockfile=readonly");
  await terraform(folder, "plan", "-refresh-only", "-input=false", "-lock=false", `-out=${KEPT}`);
  return driftOf(stackId, stack, await keptPlan(folder));
}

async function terraform(folder: string, command: string, ...args: string[]): Promise<void> {
  const { exit, output } = await capture("terraform", [command, "-no-color", ...args], { cwd: folder });
  if (exit === 0) return;
  console.log(output);
  throw new Error(failureMessage(exit, output, `terraform ${command}`));
}

/** Returns what a plan found to differ, in the arguments that the stack sets. */
export function driftOf(stackId: string, stack: JsonObject, plan: Plan): Drift {
  const drift = driftedResources(plan, setArguments(resourcesIn(stack)));
  return {
    lines: driftBlocks({ stack: stackId, drift }).flat(),
    digest: drift.length === 0 ? "" : digestOf(drift, plan),
  };
}

/** Digests complete values: in a text, a long value is cut. */
function digestOf(drift: readonly DriftedResource[], plan: Plan): string {
  const found = drift.map(({ address, isDeleted, attributes }) => {
    const change = plan.resource_drift?.find((one) => visible(one.address) === address)?.change;
    const names = [...new Set(attributes.map(({ path }) => path.split(".")[0]!))].sort();
    return [address, isDeleted, names.map((name) => [name, change?.after?.[name]])];
  });
  return createHash("sha256").update(JSON.stringify(found)).digest("hex");
}

function resourcesIn(stack: JsonObject) {
  return entriesOf(stack.resource).flatMap(([type, named]) =>
    entriesOf(named).map(([name, args]) => ({
      address: `${type}.${name}`,
      arguments: Object.fromEntries(entriesOf(args)),
    })),
  );
}

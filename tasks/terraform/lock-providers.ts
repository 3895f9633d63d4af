import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readStackJson } from "../../stacks/stack-json";
import { LOCK_FILE, lockOf } from "../barrier/provider-lock";
import { root as project } from "../command";
import { stackFolder, synthesizedStacks } from "./synth-output";

/**
 * Has Terraform compare the providers that it installs for synthesized stacks with the hashes of the project's lock
 * file, as it does in the steps of the pipeline.
 *
 * @param root where `cdktf.out` is
 * @throws Error that names a provider that is not locked
 */
export function lockProviders(root = project): void {
  const lock = readFileSync(join(project, LOCK_FILE), "utf8");
  for (const stack of synthesizedStacks(root)) {
    const folder = stackFolder(stack, root);
    const json = readStackJson(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
    writeFileSync(join(folder, LOCK_FILE), lockOf(json, lock));
  }
}

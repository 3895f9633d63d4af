import { join } from "node:path";
import { root, run } from "./command";
import { forgetOtherBackends } from "./synthesized";

/** Synthesizes all stacks. The functions have to be bundled. */
export async function synthesize(env: NodeJS.ProcessEnv = {}): Promise<void> {
  await run("node", ["tasks/app.mjs"], env);
  forgetOtherBackends();
}

/** Applies synthesized stacks without asking, side by side. */
export async function deploy(stacks: readonly string[], ...options: string[]): Promise<void> {
  await cdktf("deploy", ...stacks, ...options);
}

/** Removes all that synthesized stacks have, without asking. */
export async function destroy(stacks: readonly string[]): Promise<void> {
  await cdktf("destroy", ...stacks);
}

async function cdktf(command: string, ...args: readonly string[]): Promise<void> {
  await run(
    join(root, "node_modules/.bin/cdktf"),
    // Locking the provider's checksums takes the registry, which not every network reaches; versions are exact.
    [command, ...args, "--skip-synth", "--auto-approve", "--skip-provider-lock"],
    // By itself cdktf takes a Terraform that was killed for one that succeeded.
    { TERRAFORM_BINARY_NAME: join(root, "buildspecs/terraform-or-fail.sh") },
  );
}

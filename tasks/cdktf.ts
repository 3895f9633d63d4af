import { join } from "node:path";
import { root, run } from "./command";

/** Synthesizes all stacks. The functions have to be bundled. */
export async function synthesize(env: NodeJS.ProcessEnv = {}): Promise<void> {
  await run("node", ["tasks/app.mjs"], env);
}

/** Applies synthesized stacks without asking, side by side. */
export async function deploy(stacks: readonly string[], ...options: string[]): Promise<void> {
  const cdktf = join(root, "node_modules/.bin/cdktf");
  // Locking the provider's checksums takes the registry, which not every network reaches; versions are exact.
  await run(
    cdktf,
    ["deploy", ...stacks, "--skip-synth", "--auto-approve", "--skip-provider-lock", ...options],
    // By itself cdktf takes a Terraform that was killed for one that succeeded.
    { TERRAFORM_BINARY_NAME: join(root, "buildspecs/terraform-or-fail.sh") },
  );
}

import { chmodSync, copyFileSync, mkdirSync, renameSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root, run } from "../command";
import { lockProviders } from "./lock-providers";
import { forgetOtherBackends } from "./synth-output";
import { withoutCredentials } from "./without-credentials";

/** The folder of the synthesized stacks. */
export const out = join(root, "cdktf.out");

/**
 * Synthesizes all stacks. The functions have to be bundled.
 *
 * The code of the stacks runs in a process without credentials: it needs none, and it can be a branch's.
 */
export async function synthesize(env: NodeJS.ProcessEnv = {}): Promise<void> {
  await run("node", ["tasks/app.mjs"], { ...withoutCredentials(process.env), ...env });
  forgetOtherBackends();
  lockProviders();
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
    cdktfEnvironment(),
  );
}

/** What cdktf needs in its environment, wherever the project's folder is and wherever the output goes. */
export function cdktfEnvironment(): NodeJS.ProcessEnv {
  return {
    ...terraformOrFail(),
    // Into a file cdktf would print each picture of its spinner as lines of their own, except in CI.
    ...(process.stdout.isTTY ? {} : { CI: "true" }),
  };
}

/**
 * cdktf mistakes a Terraform that was killed for one that succeeded. The program that it calls instead is found by
 * name on the PATH: it is called without quotes, and the project's folder may have a space in its name. A copy,
 * because not every checkout keeps executable bits.
 */
function terraformOrFail(): NodeJS.ProcessEnv {
  const folder = join(root, ".cache/bin");
  const program = join(folder, "terraform-or-fail");
  mkdirSync(folder, { recursive: true });
  // In one step: another task may be starting it.
  const copy = `${program}.${process.pid}`;
  copyFileSync(join(root, "buildspecs/terraform-or-fail.sh"), copy);
  chmodSync(copy, 0o755);
  renameSync(copy, program);
  return {
    PATH: [folder, process.env.PATH].join(delimiter),
    TERRAFORM_BINARY_NAME: "terraform-or-fail",
  };
}

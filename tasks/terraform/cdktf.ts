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
 * The code of the stacks runs in a process without credentials: it needs none, and can be that of a branch.
 */
export async function synthesize(env: NodeJS.ProcessEnv = {}): Promise<void> {
  await run("node", ["tasks/app.mjs"], { ...withoutCredentials(process.env), ...env });
  forgetOtherBackends();
  lockProviders();
}

/** Applies synthesized stacks in parallel, without a confirmation. */
export async function deploy(stacks: readonly string[], ...options: string[]): Promise<void> {
  await cdktf("deploy", ...stacks, ...options);
}

/** Destroys synthesized stacks, without a confirmation. */
export async function destroy(stacks: readonly string[]): Promise<void> {
  await cdktf("destroy", ...stacks);
}

async function cdktf(command: string, ...args: readonly string[]): Promise<void> {
  await run(
    join(root, "node_modules/.bin/cdktf"),
    // Locking provider checksums needs the registry, which not every network reaches; versions are exact.
    [command, ...args, "--skip-synth", "--auto-approve", "--skip-provider-lock"],
    cdktfEnvironment(),
  );
}

/** Returns the variables that cdktf needs. */
export function cdktfEnvironment(): NodeJS.ProcessEnv {
  return {
    ...terraformOrFail(),
    // Without a terminal, cdktf prints every frame of its spinner on new lines, except in CI.
    ...(process.stdout.isTTY ? {} : { CI: "true" }),
  };
}

/**
 * Returns the variables with which cdktf runs terraform-or-fail: cdktf takes a killed Terraform for one that succeeded.
 * The program is found by name on the PATH, because cdktf does not quote its path, which can contain a space. A copy,
 * because not every checkout keeps executable bits.
 */
function terraformOrFail(): NodeJS.ProcessEnv {
  const folder = join(root, ".cache/bin");
  const program = join(folder, "terraform-or-fail");
  mkdirSync(folder, { recursive: true });
  // Atomically: another task can be starting it.
  const copy = `${program}.${process.pid}`;
  copyFileSync(join(root, "buildspecs/terraform-or-fail.sh"), copy);
  chmodSync(copy, 0o755);
  renameSync(copy, program);
  return {
    PATH: [folder, process.env.PATH].join(delimiter),
    TERRAFORM_BINARY_NAME: "terraform-or-fail",
  };
}

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { capture } from "../process";
import { stackFolder } from "../terraform/synth-output";
import { failureMessage } from "./failure";

/** Where cdktf has Terraform keep providers, unless the variable names another folder. */
const CACHE = join(homedir(), ".terraform.d/plugin-cache");

/**
 * Installs the providers of a stack, if they are not installed yet. Terraform's cache of providers does not support
 * several `terraform init` at once, unless they only read it:
 * https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
 *
 * @param stack the one with all providers
 */
export async function installProviders(stack: string): Promise<void> {
  const folder = stackFolder(stack);
  if (existsSync(join(folder, ".terraform/providers"))) return;
  const TF_PLUGIN_CACHE_DIR = process.env.TF_PLUGIN_CACHE_DIR || CACHE;
  await mkdir(TF_PLUGIN_CACHE_DIR, { recursive: true });
  const { exit, output } = await capture("terraform", ["init", "-backend=false", "-input=false"], {
    cwd: folder,
    env: { TF_PLUGIN_CACHE_DIR },
  });
  if (exit === 0) return;
  console.error(output);
  throw new Error(`The Terraform providers could not be installed: ${failureMessage(exit, output)}`);
}

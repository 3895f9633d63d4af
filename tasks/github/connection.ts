import type { S3Client } from "@aws-sdk/client-s3";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { LOCK_FILE } from "../barrier/provider-lock";
import { root } from "../command";
import { stateIn, storedState } from "../terraform/state-files";
import { stackFolder, stateLocation } from "../terraform/synth-output";

/**
 * Checks that the connection of the deployed state stack can be used. AWS creates it pending, and only its console can
 * accept it: https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html
 *
 * @throws Error that says how to accept it
 */
export async function checkConnection(s3: S3Client, settings: Settings): Promise<void> {
  const status =
    stateIn(await storedState(s3, stateLocation(stackIds.state)))?.outputs.connection_status ?? "missing";
  if (status === "AVAILABLE") return;
  const { pipeline_githubOwner: owner, pipeline_githubRepo: name } = settings;
  throw new Error(
    `The connection ${namesOf(settings).connection} is ${status as string}, and the pipeline is unchanged. Open Developer ` +
      "Tools, Settings, Connections in the AWS console, in the region of the pipeline. Choose the connection, then " +
      `"Update pending connection", and install the app of AWS on GitHub for ${owner}/${name}.`,
  );
}

/**
 * Prepares the synthesized pipeline stack for removing the hook of an earlier token and webhook. The stack of a pipeline
 * with a connection no longer has the GitHub provider, because its token would be in the state: Terraform takes its
 * configuration from variables, and its version from the lock file.
 */
export function allowRemovingHook({ pipeline_githubOwner: owner }: Settings, token: string): void {
  Object.assign(process.env, { GITHUB_OWNER: owner, GITHUB_TOKEN: token });
  copyFileSync(join(root, LOCK_FILE), join(stackFolder(stackIds.pipeline), LOCK_FILE));
}

import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import type { S3Client } from "@aws-sdk/client-s3";
import { join } from "node:path";
import type { Settings } from "../../settings";
import { stackIds } from "../../stacks/names";
import { importExisting, removeImportBlocks } from "../terraform/import-existing";
import { deploy } from "../terraform/cdktf";
import { commitsSince } from "../branches/branches";
import { root } from "../command";
import type { GitHubApi } from "../github/api";
import { keepDefinition } from "../build/keep-definition";
import { startMissedPush } from "../github/missed-push";
import { stateIn, storedState, type StateFile, type StoredState } from "../terraform/state-files";
import { storePrograms } from "../build/store-programs";
import { outputValue, stateLocation } from "../terraform/synth-output";

/** A deployment of a pipeline by the operator. */
export interface PipelineDeployment {
  readonly s3: S3Client;
  readonly gitHub: GitHubApi;
  readonly settings: Settings;
  /** An ARN of the account. */
  readonly callerArn: string;
  /** The stacks to deploy, the pipeline's among them, and options of cdktf. */
  readonly deployed: readonly string[];
}

/**
 * Deploys synthesized stacks, the pipeline stack among them. Handles a hook that GitHub already has, and a push that
 * arrives during the deployment.
 */
export async function deployPipeline({ s3, gitHub, settings, callerArn, deployed }: PipelineDeployment) {
  const stored = await storedState(s3, stateLocation(stackIds.pipeline));
  // Terraform reports what is wrong with a damaged one.
  const imported = stored.kind !== "damaged" && (await importHook(stateIn(stored), callerArn));
  if (imported) console.log("\nThe webhook is on GitHub already, and is imported.");
  await storePrograms(s3, settings, join(root, "dist/programs.zip"));
  try {
    await deploy(deployed);
  } finally {
    removeImportBlocks(stackIds.pipeline);
  }
  await keepDefinition(s3, settings);
  const started = await startMissedPush(
    new CodePipelineClient(),
    gitHub,
    settings,
    (commit) => commitsSince(commit, settings),
    wasBehind(stored),
  );
  if (started) console.log(`\n${started}`);
}

/** Whether the deployed pipeline had a lower bootstrap level: its runs can have left a release to this bootstrap. */
function wasBehind(stored: StoredState): boolean {
  const outputs = stateIn(stored)?.outputs;
  if (outputs === undefined) return false;
  return Number(outputs.bootstrap_level ?? 0) < Number(outputValue(stackIds.pipeline, "bootstrap_level"));
}

/**
 * Imports a hook that an interrupted apply left without recording it: GitHub refuses a second hook with the same URL. It
 * can only be the pipeline's: its URL is that of the pipeline's webhook in this account, and unique in AWS. Other
 * resources, which match only by name, are left to `npm run state:recover`, which asks.
 */
async function importHook(state: StateFile | undefined, callerArn: string): Promise<boolean> {
  const isHook = ({ type }: { type: string }) => type === "github_repository_webhook";
  return (await importExisting(stackIds.pipeline, state, callerArn, undefined, isHook)).length > 0;
}

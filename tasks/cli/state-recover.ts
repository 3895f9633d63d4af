/**
 * Repairs the state of a stack after an apply that was interrupted:
 *
 *   npm run state:recover               shows the state of every stack, and the states that builds saved
 *   npm run state:recover -- STACK      restores what is missing in the state of that stack, after a confirmation
 */
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { S3Client } from "@aws-sdk/client-s3";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings, type Settings } from "../../settings";
import { isBranchPipeline } from "../../stacks/names";
import { bundle } from "../bundle/bundle";
import { synthesize } from "../terraform/cdktf";
import { keptStates } from "../terraform/errored-states";
import { whoAmI } from "../account/identity";
import { describe, recoverStack, type Situation } from "../terraform/recover-stack";
import { storedState } from "../terraform/state-files";
import { readLocks, refuseWhileBuilding, runningBuilds } from "../terraform/state-locks";
import { synthesizedStacks, stateLocation } from "../terraform/synth-output";
import { headCommit } from "../branches/branches";
import { runProgram } from "../program";

async function recover(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) throw new Error("Usage: npm run state:recover [-- STACK]");
  const [stack] = positionals;
  loadEnvFile();
  const settings = readSettings();
  const callerArn = await whoAmI();
  await bundle();
  // What is deployed from here has the commit in its variables, as in a build.
  await synthesize({
    CODEBUILD_RESOLVED_SOURCE_VERSION: process.env.CODEBUILD_RESOLVED_SOURCE_VERSION ?? (await headCommit()),
  });
  const stacks = synthesizedStacks();
  if (stack !== undefined && !stacks.includes(stack)) {
    throw new Error(`There is no stack ${stack}. The stacks are ${stacks.join(", ")}.`);
  }

  const s3 = new S3Client();
  const kept = await keptStates(s3, settings.pipeline_bucket_name).catch((error: Error) => {
    // A branch that is deployed by hand has no artifact bucket, and no saved states in it.
    if (error.name === "NoSuchBucket" && isBranchPipeline(settings)) return [];
    throw error;
  });
  const situation = async (name: string): Promise<Situation> => ({
    stack: name,
    location: stateLocation(name),
    stored: await storedState(s3, stateLocation(name)),
    kept: kept.filter((one) => one.stack === name),
    keptIn: settings.pipeline_bucket_name,
  });
  if (stack === undefined) {
    for (const name of stacks) console.log(describe(await situation(name)));
    return;
  }
  const refuseWhileBusy = () => refuseWhileLocked(stack, settings, s3);
  await refuseWhileBusy();
  await recoverStack(s3, await situation(stack), callerArn, refuseWhileBusy);
}

/** @throws while a build works on the stack, or its state is locked */
async function refuseWhileLocked(stack: string, settings: Settings, s3: S3Client): Promise<void> {
  const { hw_stack_name: stackName, pipeline_state_bucket_name: bucket } = settings;
  refuseWhileBuilding("Nothing was changed", stack, await runningBuilds(new CodeBuildClient(), stackName));
  const lock = (await readLocks(s3, bucket, stackName)).find((one) => one.stack === stack);
  if (lock) {
    throw new Error(
      `Nothing was changed: the state of ${stack} is locked since ${lock.since} by ${lock.who}. ` +
        `If no one works on it any more, remove the lock first: npm run state:unlock -- ${stack}`,
    );
  }
}

runProgram(recover, ({ message }) => `\n${message}`);

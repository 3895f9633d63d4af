import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import type { S3Client } from "@aws-sdk/client-s3";
import { asEnvironment, type Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { deleteLogs } from "./logs";
import { branchSettings } from "./settings";
import { allBranches, deleteStates, type BranchStacks } from "./stacks";
import { bundle } from "../bundle/bundle";
import { destroy, synthesize } from "../terraform/cdktf";
import { confirm } from "../confirm";
import { whoAmI } from "../account/identity";
import { readLocks, refuseWhileBuilding, runningBuilds } from "../terraform/state-locks";

/**
 * Removes a branch environment with its data and its pipeline, after a confirmation. Run again after an interruption, it
 * continues.
 *
 * @throws when nothing was removed, or not everything
 */
export async function envDown(s3: S3Client, settings: Settings, branch: string): Promise<void> {
  const own = branchSettings(settings, branch);
  await whoAmI();
  const there = (await allBranches(s3, settings)).find(({ name }) => name === own.hw_stack_name);
  if (!there) {
    throw new Error(
      `The branch ${branch} has no environment, so nothing was removed. ` +
        "dev and prod belong to the pipeline, not to a branch: docs/runbooks/remove-everything.md",
    );
  }
  await refuseWhileBusy(s3, there, own);
  console.log(announcement(there, branch, own));
  await confirm({
    question: "Type the name of the branch to remove all of this permanently: ",
    answer: branch,
    otherwise: "Nothing was removed.",
    recheck: () => refuseWhileBusy(s3, there, own),
  });
  await bundle();
  await synthesize({
    ...asEnvironment(own),
    // As it was deployed: pipeline_branches can have changed since.
    pipeline_environment: there.environment ?? own.pipeline_environment,
  });
  for (const stack of there.stacks) await destroy([stack]);
  await deleteLogs(new CloudWatchLogsClient(), there.name);
  await deleteStates(s3, settings.pipeline_state_bucket_name, there);
  console.log(`\nRemoved ${there.name}.`);
}

function announcement(
  { name, stacks, environment, address }: BranchStacks,
  branch: string,
  own: Settings,
): string {
  const has = (kind: string) => stacks.some((stack) => stack.startsWith(kind));
  const names = namesOf(own);
  const bucket = names.serviceBucket(environment ?? own.pipeline_environment);
  return [
    `\n${name}, the environment of branch ${branch}:`,
    ...(has(stackIds.pipeline)
      ? [`  its pipeline ${names.pipeline}, and the bucket ${names.artifactBucket} with all artifacts`]
      : []),
    ...(has(stackIds.service(""))
      ? [`  its API ${address ?? ""}, its logs, and the bucket ${bucket} with all documents`]
      : []),
    `  its settings, boundaries and states`,
  ].join("\n");
}

/** @throws while a build or an operator works on one of the stacks */
async function refuseWhileBusy(s3: S3Client, { name, stacks }: BranchStacks, own: Settings): Promise<void> {
  const builds = await runningBuilds(new CodeBuildClient(), name);
  for (const stack of stacks) refuseWhileBuilding("Nothing was removed", stack, builds);
  const [lock] = await readLocks(s3, own.pipeline_state_bucket_name, name);
  if (!lock) return;
  throw new Error(
    `Nothing was removed: the state of ${lock.stack} is locked since ${lock.since} by ${lock.who}. If no one works on ` +
      `it any more: env $(npm run --silent env -- settings ${own.pipeline_githubBranch}) npm run state:unlock -- ${lock.stack}`,
  );
}

import type { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { asEnvironment, type Settings } from "../settings";
import { branchSettings, pipelineOf } from "./branch-settings";
import { allBranches, type BranchStacks } from "./branch-stacks";
import { currentBranch, currentCommit, remoteBranches } from "./branches";
import { bundle } from "./bundle";
import { deploy, synthesize } from "./cdktf";
import { deployPipeline } from "./deploy-pipeline";
import { GitHubApi } from "./github-api";
import { readSecret } from "./github-secret";
import { whoAmI } from "./identity";
import { checkQuotas } from "./quotas";
import { storedState } from "./state-files";

/**
 * Deploys what is checked out to the environment of its branch: the service itself, or the pipeline that does
 * so from then on where `pipeline_branches` gives the branch one. Run again it changes only what differs.
 */
export async function bringUp(s3: S3Client, settings: Settings, branch: string): Promise<void> {
  const own = branchSettings(settings, branch);
  const name = own.hw_stack_name;
  const pipelined = pipelineOf(settings, branch) !== undefined;
  checkSource(settings, branch, pipelined);
  const callerArn = await whoAmI();
  await checkBootstrapped(s3, settings);
  checkKind(await find(s3, settings, name), own, pipelined);
  await checkQuotas(own, [own.pipeline_environment]);
  await bundle();
  await synthesize({ ...asEnvironment(own), CODEBUILD_RESOLVED_SOURCE_VERSION: currentCommit() });
  // The settings and the boundaries first: no role can be made before its boundary.
  await deploy(["state"]);
  if (pipelined) {
    const { githubAccessToken = "" } = await readSecret(new SecretsManagerClient());
    const gitHub = new GitHubApi(githubAccessToken);
    await deployPipeline({ s3, gitHub, settings: own, callerArn, deployed: ["pipeline"] });
    console.log(`\n${name}-pipeline follows ${branch} and delivers it to ${own.pipeline_environment}.`);
  } else {
    await deploy([`service-${own.pipeline_environment}`]);
    console.log(`\n${branch} is deployed: ${(await find(s3, settings, name))?.address}`);
  }
}

async function find(s3: S3Client, settings: Settings, name: string): Promise<BranchStacks | undefined> {
  return (await allBranches(s3, settings)).find((one) => one.name === name);
}

/** What is deployed is what is checked out; a pipeline takes it from GitHub. */
function checkSource(settings: Settings, branch: string, pipelined: boolean): void {
  if (currentBranch() !== branch) {
    throw new Error(
      `${branch} is not checked out, and what is checked out is deployed: git switch ${branch}`,
    );
  }
  if (pipelined && !remoteBranches(settings.pipeline_githubBranch).has(branch)) {
    throw new Error(
      `${branch} gets a pipeline, which takes it from GitHub: git push --set-upstream origin ${branch}`,
    );
  }
}

/** Branches share the bucket of the states and the secret. */
async function checkBootstrapped(s3: S3Client, settings: Settings): Promise<void> {
  const { hw_stack_name: name, pipeline_state_bucket_name: bucket } = settings;
  const state = await storedState(s3, { bucket, key: `${name}/state.tfstate` }).catch((error: Error) => {
    if (error.name === "NoSuchBucket") return "missing" as const;
    throw error;
  });
  if (state === "missing") {
    throw new Error(`There is no ${name}-pipeline in this account and region yet: npm run bootstrap first.`);
  }
}

/** @throws where the environment that is there would not be changed but left behind */
export function checkKind(there: BranchStacks | undefined, own: Settings, pipelined: boolean): void {
  const { pipeline_githubBranch: branch, pipeline_environment: environment } = own;
  if (there?.branch !== undefined && there.branch !== branch) {
    throw new Error(`${there.name} belongs to the branch ${there.branch}: give this one another name.`);
  }
  const first = `Remove what is there first: npm run env -- down ${branch}`;
  if (there?.stacks.includes("pipeline") && !pipelined) {
    throw new Error(
      `${branch} has a pipeline, and pipeline_branches does not give it one any more. ${first}`,
    );
  }
  if (there?.environment !== undefined && there.environment !== environment) {
    throw new Error(
      `${branch} was deployed to ${there.environment} and would be to ${environment}. ${first}`,
    );
  }
}

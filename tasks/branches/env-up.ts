import type { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { asEnvironment, type Settings } from "../../settings";
import { branchSettings, pipelineOf } from "./settings";
import { allBranches, type BranchStacks } from "./stacks";
import { checkedStack } from "../barrier/checked-stack";
import { visible } from "../../stacks/visible-text";
import { changedPrograms, currentBranch, currentCommit, remoteBranches } from "./branches";
import { bundle } from "../bundle/bundle";
import { deploy, out, synthesize } from "../terraform/cdktf";
import { root } from "../command";
import { confirm } from "../confirm";
import { deployPipeline } from "../pipeline/deploy";
import { GitHubApi } from "../github/api";
import { readSecret } from "../github/secret";
import { whoAmI } from "../account/identity";
import { checkQuotas } from "../account/quotas";
import { deployedByBuilds, receiveStacks, stackChanges } from "../barrier/received-stacks";
import { storedState } from "../terraform/state-files";

/**
 * Deploys what is checked out to the environment of its branch: the service itself, or the pipeline that does
 * so from then on where `pipeline_branches` gives the branch one. Run again it changes only what differs.
 *
 * @param from the `cdktf.out` of another clone, with the stacks of the branch: they are deployed instead, as data
 */
export async function bringUp(
  s3: S3Client,
  settings: Settings,
  branch: string,
  from?: string,
): Promise<void> {
  const own = branchSettings(settings, branch);
  const name = own.hw_stack_name;
  const pipelined = pipelineOf(settings, branch) !== undefined;
  await checkSource(settings, branch, pipelined, from);
  await confirmPrograms(settings, branch);
  const callerArn = await whoAmI();
  await checkBootstrapped(s3, settings);
  checkKind(await find(s3, settings, name), own, pipelined);
  await checkQuotas(own, [own.pipeline_environment]);
  await bundle();
  await synthesize({ ...asEnvironment(own), CODEBUILD_RESOLVED_SOURCE_VERSION: await currentCommit() });
  if (from !== undefined) await useService(from, own, branch);
  // The pipeline would refuse it too, in its next run.
  for (const id of deployedByBuilds(own)) await checkedStack(id, root, own);
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
async function checkSource(
  settings: Settings,
  branch: string,
  pipelined: boolean,
  from?: string,
): Promise<void> {
  if (from === undefined && (await currentBranch()) !== branch) {
    throw new Error(
      `${branch} is not checked out, and what is checked out is deployed: git switch ${branch}`,
    );
  }
  if (pipelined && !(await remoteBranches(settings.pipeline_githubBranch)).has(branch)) {
    throw new Error(
      `${branch} gets a pipeline, which takes it from GitHub: git push --set-upstream origin ${branch}`,
    );
  }
}

/** Asks where what is checked out brings programs of its own, which would run with the operator's credentials. */
async function confirmPrograms(settings: Settings, branch: string): Promise<void> {
  const main = settings.pipeline_githubBranch;
  const changed = await changedPrograms(main);
  if (changed.length === 0) return;
  console.log(
    `\nThese files are not as ${main} has them. They run with your AWS credentials, or say what is deployed with them:`,
  );
  console.log(changed.map((name) => `  ${visible(name)}`).join("\n"));
  console.log(
    `Read them before you go on (git diff origin/${main}...). Of somebody you don't trust, deploy the stacks as data ` +
      `from a clone of ${main}: docs/runbooks/branch-environments.md`,
  );
  await confirmBranch(branch);
}

/**
 * Takes over the service stack that was synthesized elsewhere, after asking with what differs from this program's. A
 * pipeline stays this program's: it names the programs that judge the branch.
 */
async function useService(from: string, own: Settings, branch: string): Promise<void> {
  const id = `service-${own.pipeline_environment}`;
  const changes = await stackChanges(id, from, out);
  await receiveStacks([id], from, out, own);
  console.log(`\nThe stack ${id} from ${from} differs from that of this clone in:`);
  console.log(changes.map((address) => `  ${address}`).join("\n") || "  nothing");
  await confirmBranch(branch);
}

async function confirmBranch(branch: string): Promise<void> {
  await confirm({
    question: "Type the name of the branch to deploy it: ",
    answer: branch,
    otherwise: "Nothing was deployed.",
  });
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

import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import type { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { asEnvironment, type Settings } from "../../settings";
import { approvalNotifications } from "../../stacks/bootstrap-level";
import { apiFunction, versionOutput } from "../../stacks/functions";
import { namesOf, stackIds } from "../../stacks/names";
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
import { checkBootstrappedLevel } from "../account/bootstrapped-level";
import { whoAmI } from "../account/identity";
import { checkQuotas } from "../account/quotas";
import { ensureTestedApi } from "../account/tested-api";
import { deployedByBuilds, receiveStacks, stackChanges } from "../barrier/received-stacks";
import { recordDelivery } from "../releases/delivery";
import { stateIn, storedState } from "../terraform/state-files";

/**
 * Deploys the checked-out branch to its environment: the service, or the branch pipeline that does so from then on if
 * `pipeline_branches` matches the branch. Run again, it changes only what differs.
 *
 * @param from the `cdktf.out` of another clone with the stacks of the branch, which are deployed as data
 */
export async function envUp(s3: S3Client, settings: Settings, branch: string, from?: string): Promise<void> {
  const own = branchSettings(settings, branch);
  const name = own.hw_stack_name;
  const pipelined = pipelineOf(settings, branch) !== undefined;
  await checkSource(settings, branch, pipelined, from);
  await confirmPrograms(settings, branch);
  const callerArn = await whoAmI();
  await checkBootstrapped(s3, settings);
  // Branch pipelines publish to its approval topic.
  if (pipelined) await checkBootstrappedLevel(new SSMClient(), settings, approvalNotifications);
  checkKind(await find(s3, settings, name), own, pipelined);
  await checkQuotas(own, [own.pipeline_environment]);
  const { serviceAuth, service } = namesOf(own);
  if (serviceAuth === "iam" && pipelined)
    await ensureTestedApi(new ApiGatewayV2Client(), service(own.pipeline_environment));
  await bundle();
  const commit = await currentCommit();
  await synthesize({ ...asEnvironment(own), CODEBUILD_RESOLVED_SOURCE_VERSION: commit });
  if (from !== undefined) await useService(from, own, branch);
  // The branch pipeline would refuse it too, in its next run.
  for (const id of deployedByBuilds(own)) await checkedStack(id, root, own);
  // The settings and the boundaries first: a role needs its boundary.
  await deploy([stackIds.state]);
  if (pipelined) {
    const { githubAccessToken = "" } = await readSecret(new SecretsManagerClient());
    const gitHub = new GitHubApi(githubAccessToken);
    await deployPipeline({ s3, gitHub, settings: own, callerArn, deployed: [stackIds.pipeline] });
    console.log(
      `\n${namesOf(own).pipeline} follows ${branch} and delivers it to ${own.pipeline_environment}.`,
    );
  } else {
    await deploy([stackIds.service(own.pipeline_environment)]);
    await recordOwnDelivery(s3, own, commit);
    console.log(`\n${branch} is deployed: ${(await find(s3, settings, name))?.address}`);
  }
}

/** Records the commit that was deployed, as a pipeline does after its deployments. */
async function recordOwnDelivery(s3: S3Client, own: Settings, commit: string): Promise<void> {
  const { stateBucket: bucket, stateKey, service } = namesOf(own);
  const environment = own.pipeline_environment;
  const stored = await storedState(s3, { bucket, key: stateKey(stackIds.service(environment)) });
  const version = String(stateIn(stored)?.outputs[versionOutput(apiFunction)]);
  await recordDelivery(new ApiGatewayV2Client(), service(environment), { commit, version });
}

async function find(s3: S3Client, settings: Settings, name: string): Promise<BranchStacks | undefined> {
  return (await allBranches(s3, settings)).find((one) => one.name === name);
}

/** Checks that the branch is checked out, and for a branch pipeline also pushed. */
async function checkSource(
  settings: Settings,
  branch: string,
  pipelined: boolean,
  from?: string,
): Promise<void> {
  if (from === undefined && (await currentBranch()) !== branch) {
    throw new Error(`${branch} is not checked out. Check it out first: git switch ${branch}`);
  }
  if (pipelined && !(await remoteBranches(settings.pipeline_githubBranch)).has(branch)) {
    throw new Error(
      `${branch} gets a pipeline, which reads it from GitHub. Push it first: git push --set-upstream origin ${branch}`,
    );
  }
}

/** Asks for a confirmation if the branch changes programs, which would run with the operator's credentials. */
async function confirmPrograms(settings: Settings, branch: string): Promise<void> {
  const main = settings.pipeline_githubBranch;
  const changed = await changedPrograms(main);
  if (changed.length === 0) return;
  console.log(
    `\nThese files differ from ${main}. They run with your AWS credentials, or define what is deployed with them:`,
  );
  console.log(changed.map((name) => `  ${visible(name)}`).join("\n"));
  console.log(
    `Read them first (git diff origin/${main}...). If you do not trust their author, deploy the stacks as data ` +
      `from a clone of ${main}: docs/runbooks/branch-environments.md`,
  );
  await confirmBranch(branch);
}

/**
 * Uses the service stack that was synthesized elsewhere, after a confirmation that shows what differs from this clone's.
 * The pipeline stack stays this clone's: it names the programs that judge the branch.
 */
async function useService(from: string, own: Settings, branch: string): Promise<void> {
  const id = stackIds.service(own.pipeline_environment);
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

/** Checks that the main pipeline exists: branches share its state bucket and its secret. */
async function checkBootstrapped(s3: S3Client, settings: Settings): Promise<void> {
  const { pipeline, stateBucket: bucket, stateKey } = namesOf(settings);
  const state = await storedState(s3, { bucket, key: stateKey(stackIds.state) }).catch((error: Error) => {
    if (error.name === "NoSuchBucket") return { kind: "missing" } as const;
    throw error;
  });
  if (state.kind === "missing") {
    throw new Error(`There is no ${pipeline} in this account and region yet. Run npm run bootstrap first.`);
  }
}

/** @throws where the existing environment would be left behind instead of changed */
export function checkKind(there: BranchStacks | undefined, own: Settings, pipelined: boolean): void {
  const { pipeline_githubBranch: branch, pipeline_environment: environment } = own;
  if (there?.branch !== undefined && there.branch !== branch) {
    throw new Error(`${there.name} belongs to branch ${there.branch}. Rename this branch.`);
  }
  const first = `Remove its environment first: npm run env -- down ${branch}`;
  if (there?.stacks.includes(stackIds.pipeline) && !pipelined) {
    throw new Error(`${branch} has a pipeline, but pipeline_branches no longer matches it. ${first}`);
  }
  if (there?.environment !== undefined && there.environment !== environment) {
    throw new Error(
      `${branch} is deployed to ${there.environment} and would move to ${environment}. ${first}`,
    );
  }
}

/**
 * Brings the pipeline into an AWS account: the state stack, the secret's values, the pipeline stack.
 * Run again it changes nothing; interrupted anywhere, run again it finishes.
 */
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { HeadObjectCommand, NotFound, S3Client } from "@aws-sdk/client-s3";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { loadEnvFile, readSettings, SettingsError, type Settings } from "../../settings";
import { failureTopicName, isBranchPipeline, namesOf, stackIds } from "../../stacks/names";
import { importExisting, removeImportBlocks, localState } from "../terraform/import-existing";
import { openApi, weakenings } from "../barrier/weakenings";
import { bundle } from "../bundle/bundle";
import { deploy, synthesize } from "../terraform/cdktf";
import { Interrupted, root, run } from "../command";
import { CommandFailed } from "../process";
import { checkExistingBuckets, checkKeptBuckets } from "../terraform/existing-buckets";
import { GitHubApi } from "../github/api";
import { protectBranch } from "../github/branch-ruleset";
import { allowRemovingHook, checkConnection } from "../github/connection";
import { readRepository, updateRepository } from "../github/repository";
import { adminToken, chooseToken, knownToken, readSecret, storeSecret } from "../github/secret";
import { ask } from "../confirm";
import { deployPipeline } from "../pipeline/deploy";
import { whoAmI } from "../account/identity";
import { ensureProductionApi } from "../account/production-api";
import { checkQuotas } from "../account/quotas";
import { chooseServiceAuth } from "../account/service-auth";
import { checkTokenClients } from "../service-client/service-client";
import { ensureTestedApi } from "../account/tested-api";
import { unconfirmedEmails } from "../account/unconfirmed-emails";
import { ensureApiGatewayRole } from "../account/service-linked-role";
import { stackFolder, stateLocation } from "../terraform/synth-output";
import { runProgram } from "../program";

const localFile = join(root, "terraform.state.tfstate");

async function bootstrap(): Promise<void> {
  loadEnvFile();
  refuseBranch(readSettings());
  const callerArn = await whoAmI();
  refuseChina(callerArn);
  const settings = await withServiceAuth(readSettings());
  const { environments, productionApi, approvalTopic, serviceAuth, service } = namesOf(settings);
  if (settings.service_auth !== undefined) for (const line of openApi(settings)) say(`Note: ${line}`);
  for (const weakening of weakenings(settings)) say(`Note: ${weakening}`);
  await checkExistingBuckets(settings, callerArn.split(":")[4]!);
  await checkQuotas(settings, environments);
  const secrets = new SecretsManagerClient();
  const stored = await readSecret(secrets);
  // Before anything is created: the operator can leave after the question.
  const hasConnection = settings.pipeline_source === "connection";
  const token = hasConnection ? knownToken(stored) : await chooseToken(stored);
  const ownToken = adminToken(token);
  const gitHub = new GitHubApi(token);
  const repository = await readRepository(gitHub, settings);

  if (await ensureApiGatewayRole(new IAMClient())) say("Created API Gateway's service-linked role.");
  if (await ensureProductionApi(new ApiGatewayV2Client(), productionApi, callerArn.split(":")[1]!))
    say(`Created the HTTP API ${productionApi}, which the first deployment to production takes over.`);
  if (serviceAuth === "iam" && (await ensureTestedApi(new ApiGatewayV2Client(), service(environments[0]!))))
    say(`Created the HTTP API ${service(environments[0]!)}, which the first deployment takes over.`);
  await bundle();
  const asked = { hw_github_repository: JSON.stringify(repository) };
  await synthesize(asked);
  await updateRepository(new SSMClient(), settings, repository);
  const first = !(await exists(stateLocation(stackIds.state)));
  if (first) await createStateStack(callerArn, asked);
  else await checkKeptBuckets(settings);
  const s3 = new S3Client();
  const options = first ? ["--migrate-state"] : [];
  if (hasConnection || serviceAuth === "jwt") {
    // Before the pipeline uses its connection and its secrets, which the operator completes.
    say("Deploying the state stack.");
    await deploy([stackIds.state], ...options);
  }
  if (serviceAuth === "jwt") await checkTokenClients(secrets, settings);
  if (hasConnection) {
    await checkConnection(s3, settings);
    allowRemovingHook(settings, token);
  } else {
    await storeToken(secrets, token);
  }
  say("Deploying the state stack and the pipeline stack.");
  await deployPipeline({
    s3,
    gitHub,
    settings,
    callerArn,
    deployed: [stackIds.state, stackIds.pipeline, ...options],
  });
  for (const file of [localFile, `${localFile}.backup`]) rmSync(file, { force: true });
  if (ownToken) await protectMainBranch(settings, ownToken);
  await askToConfirm(callerArn, [failureTopicName, approvalTopic]);
  say("Done. Push to the branch of the pipeline, and it runs.");
}

function refuseBranch(settings: Settings): void {
  if (!isBranchPipeline(settings)) return;
  throw new Error(
    `These are the settings of the branch ${settings.pipeline_githubBranch}, which is deployed by npm run env -- up.`,
  );
}

/** Returns the settings with `service_auth`, which the operator is asked for once. */
async function withServiceAuth(settings: Settings): Promise<Settings> {
  if (settings.service_auth !== undefined) return settings;
  const chosen = await chooseServiceAuth(new SSMClient(), settings, {
    ask: process.stdin.isTTY ? ask : undefined,
    say,
    envFile: join(root, ".env"),
  });
  if (chosen === undefined) return settings;
  // The stacks are synthesized with the same environment.
  process.env.service_auth = chosen;
  return readSettings();
}

/** https://docs.amazonaws.cn/codepipeline/latest/userguide/appendix-github-oauth.html */
function refuseChina(callerArn: string): void {
  if (!callerArn.startsWith("arn:aws-cn:")) return;
  throw new Error(
    "CodePipeline's GitHub version 1 source action, which the pipeline uses, is not available in the China regions. " +
      "Nothing was created. Use an account of another partition.",
  );
}

/**
 * Creates the state stack. Its state belongs in the bucket that it creates: it is in a local file until the bucket
 * exists, and the next deployment moves it.
 */
async function createStateStack(callerArn: string, asked: NodeJS.ProcessEnv): Promise<void> {
  say("Creating the state stack.");
  forgetBackend();
  await synthesize({ ...asked, hw_state_backend: "local" });
  const imported = await importExisting(stackIds.state, localState(localFile), callerArn);
  if (imported.length > 0) say(`Importing what an earlier bootstrap created: ${imported.join(", ")}.`);
  await untaint();
  await deploy([stackIds.state]);
  removeImportBlocks(stackIds.state);
  await synthesize(asked);
}

async function storeToken(secrets: SecretsManagerClient, token: string): Promise<void> {
  const stored = await storeSecret(secrets, await readSecret(secrets), token);
  say(stored ? "Stored the GitHub token and the webhook's secret." : "The GitHub token is stored already.");
}

async function protectMainBranch(settings: Settings, token: string): Promise<void> {
  const isNew = await protectBranch(new GitHubApi(token), settings);
  say(`${isNew ? "Created" : "Updated"} the ruleset of the branch ${settings.pipeline_githubBranch}.`);
}

/** Names the addresses that AWS sends nothing to until they confirm. */
async function askToConfirm(callerArn: string, topics: readonly string[]): Promise<void> {
  const sns = new SNSClient();
  for (const topic of topics) {
    for (const email of await unconfirmedEmails(sns, callerArn, topic))
      say(`AWS has sent an e-mail to ${email}: confirm it within two days to be notified by ${topic}.`);
  }
}

async function exists({ bucket, key }: { bucket: string; key: string }): Promise<boolean> {
  try {
    await new S3Client().send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw new Error(`The state bucket ${bucket} cannot be read: ${(error as Error).message}`);
  }
}

/** Keeps the resources that an interrupted bootstrap had just created. */
async function untaint(): Promise<void> {
  const tainted = localState(localFile)?.tainted ?? [];
  if (tainted.length === 0) return;
  const terraform = (...args: string[]) =>
    run("terraform", [`-chdir=${stackFolder(stackIds.state)}`, ...args]);
  await terraform("init", "-input=false");
  for (const address of tainted) await terraform("untaint", address);
}

/** Removes Terraform's record of the last backend: an interrupted move leaves it in between. */
function forgetBackend(): void {
  rmSync(join(stackFolder(stackIds.state), ".terraform/terraform.tfstate"), { force: true });
}

function say(message: string): void {
  console.log(`\n${message}`);
}

/** Errors whose messages say what to do. */
const EXPLAINED = [SettingsError, CommandFailed, Interrupted];

runProgram(bootstrap, (error) => {
  if (EXPLAINED.some((kind) => error instanceof kind)) return `\n${error.message}`;
  return `\n${error.message}\nFix the problem and run \`npm run bootstrap\` again; it continues where it stopped.`;
});

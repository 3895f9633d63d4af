/**
 * Brings the pipeline into an AWS account: the state stack, the secret's values, the pipeline stack.
 * Run again it changes nothing; interrupted anywhere, run again it finishes.
 */
import { HeadObjectCommand, NotFound, S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { loadEnvFile, readSettings, SettingsError } from "../settings";
import { adoptOrphans, forgetOrphans, localState } from "./adopt";
import { bundle } from "./bundle";
import { deploy, synthesize } from "./cdktf";
import { CommandFailed, Interrupted, root, run } from "./command";
import { checkExistingBuckets, checkKeptBuckets } from "./existing-buckets";
import { chooseToken, readSecret, storeSecret } from "./github-secret";
import { whoAmI } from "./identity";
import { checkQuotas } from "./quotas";
import { stackFolder, stateLocation } from "./synthesized";

const localFile = join(root, "terraform.state.tfstate");

async function bootstrap(): Promise<void> {
  loadEnvFile();
  const settings = readSettings();
  if (settings.pipeline_environment !== "prod") {
    throw new Error(
      `These are the settings of the branch ${settings.pipeline_githubBranch}, which is deployed by npm run env -- up.`,
    );
  }
  const callerArn = await whoAmI();
  await checkExistingBuckets(settings, callerArn.split(":")[4]!);
  await checkQuotas(settings, ["dev", "prod"]);
  const secrets = new SecretsManagerClient();
  const stored = await readSecret(secrets);
  // Asked for before anything is created, so that nobody has to wait for the question.
  const token = await chooseToken(stored);

  await bundle();
  await synthesize();
  const first = !(await exists(stateLocation("state")));
  if (first) await createStateStack(callerArn);
  else await checkKeptBuckets(settings);
  await storeToken(secrets, token);
  say("Deploying the state stack and the pipeline stack.");
  await deploy(["state", "pipeline"], ...(first ? ["--migrate-state"] : []));
  for (const file of [localFile, `${localFile}.backup`]) rmSync(file, { force: true });
  say("Done. Push to the branch of the pipeline, and it runs.");
}

/**
 * Creates the state stack. Its state belongs into the bucket that it creates: it is kept in a local
 * file until the bucket is there, and moved by the deployment that follows.
 */
async function createStateStack(callerArn: string): Promise<void> {
  say("Creating the state stack.");
  forgetBackend();
  await synthesize({ hw_state_backend: "local" });
  const adopted = await adoptOrphans("state", localState(localFile), callerArn);
  if (adopted.length > 0) say(`Taking over what an earlier bootstrap left: ${adopted.join(", ")}.`);
  await untaint();
  await deploy(["state"]);
  forgetOrphans("state");
  await synthesize();
}

async function storeToken(secrets: SecretsManagerClient, token: string): Promise<void> {
  const stored = await storeSecret(secrets, await readSecret(secrets), token);
  say(stored ? "Stored the GitHub token and the webhook's secret." : "The GitHub token is stored already.");
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

/** Keeps what an interrupted bootstrap had just created. */
async function untaint(): Promise<void> {
  const tainted = localState(localFile)?.tainted ?? [];
  if (tainted.length === 0) return;
  const terraform = (...args: string[]) => run("terraform", [`-chdir=${stackFolder("state")}`, ...args]);
  await terraform("init", "-input=false");
  for (const address of tainted) await terraform("untaint", address);
}

/** Terraform remembers the backend it used last; a move that was interrupted left it in between. */
function forgetBackend(): void {
  rmSync(join(stackFolder("state"), ".terraform/terraform.tfstate"), { force: true });
}

function say(message: string): void {
  console.log(`\n${message}`);
}

bootstrap().catch((error: unknown) => {
  const known = [SettingsError, CommandFailed, Interrupted].some((kind) => error instanceof kind);
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (!known) console.error("Nothing is lost: run `npm run bootstrap` again when it is mended.");
  process.exitCode = 1;
});

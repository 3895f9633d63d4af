/** Checks the existing buckets that the settings name. Only reads: an existing bucket belongs to another stack. */
import {
  GetBucketEncryptionCommand,
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { root as project } from "../command";
import { stateIn, storedState, type StateLocation } from "./state-files";
import { stateLocation } from "./synth-output";

const existing = ["service_existing_bucket_dev", "service_existing_bucket_prod"] as const;

/**
 * Checks the existing buckets before anything is created.
 *
 * @param account the id of the account that must own them
 * @throws Error that names the problem of each bucket, and what to do
 */
export async function checkExistingBuckets(settings: Settings, account: string): Promise<void> {
  const problems: string[] = [];
  for (const setting of existing) {
    const bucket = settings[setting];
    const problem = bucket && (await problemOf(bucket, account));
    if (problem) problems.push(`${setting} is ${bucket}. ${problem}`);
  }
  if (problems.length > 0) throw new Error(`${problems.join("\n\n")}\n\nNothing was created.`);
}

async function problemOf(Bucket: string, account: string): Promise<string | undefined> {
  const s3 = new S3Client({ followRegionRedirects: true });
  const owned = { Bucket, ExpectedBucketOwner: account };
  try {
    const { BucketRegion = "" } = await s3.send(new HeadBucketCommand(owned));
    const region = await s3.config.region();
    if (BucketRegion !== "" && BucketRegion !== region)
      return `It is in ${BucketRegion}, and so are its events; the pipeline is in ${region}. Take a bucket that is there.`;
    if (await hasKmsKey(s3, owned))
      return "Its default encryption uses a KMS key, for which the functions have no permissions. Use another bucket.";
    const { EventBridgeConfiguration } = await s3.send(new GetBucketNotificationConfigurationCommand(owned));
    return EventBridgeConfiguration ? undefined : howToTurnOn(Bucket);
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "NotFound") return "There is no such bucket: create it, or leave the setting out.";
    return `It cannot be read (${name}: ${message}). It has to belong to the account ${account}, and you need s3:ListBucket, s3:GetBucketNotification and s3:GetEncryptionConfiguration on it.`;
  }
}

async function hasKmsKey(s3: S3Client, owned: { Bucket: string }): Promise<boolean> {
  try {
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(owned));
    return (ServerSideEncryptionConfiguration?.Rules ?? []).some(({ ApplyServerSideEncryptionByDefault }) =>
      ApplyServerSideEncryptionByDefault?.SSEAlgorithm?.startsWith("aws:kms"),
    );
  } catch (error) {
    if ((error as Error).name === "ServerSideEncryptionConfigurationNotFoundError") return false;
    throw error;
  }
}

/**
 * S3 replaces all notifications of a bucket at once, without a condition: a write can remove what another program has
 * just added. So the owner of the bucket does it, who knows which other programs write them.
 */
function howToTurnOn(bucket: string): string {
  return [
    "It does not send its events to EventBridge, and a notification from the pipeline could remove others.",
    "Where Terraform or CloudFormation sets the bucket's notifications, turn EventBridge on there. Otherwise run",
    "this while nothing else changes them; it keeps the others and adds EventBridge:",
    "",
    `  aws s3api get-bucket-notification-configuration --bucket ${bucket} --output json \\`,
    `    --query 'merge(@, \`{"EventBridgeConfiguration": {}}\`)' > ${bucket}.json &&`,
    `  aws s3api put-bucket-notification-configuration --bucket ${bucket} \\`,
    `    --notification-configuration file://${bucket}.json`,
    "",
    "Then run this again.",
  ].join("\n");
}

/**
 * Checks that a deployed environment keeps its bucket: with another one, its documents would be left behind and lose the
 * settings that protect them. The stacks have to be synthesized.
 *
 * @param root where `cdktf.out` is
 * @throws Error that names the bucket of the environment
 */
export async function checkKeptBuckets(settings: Settings, root = project): Promise<void> {
  for (const setting of existing) {
    const environment = setting.slice("service_existing_bucket_".length);
    const wanted = namesOf(settings).serviceBucket(environment);
    const deployed = await deployedBucket(stateLocation(stackIds.service(environment), root));
    if (deployed === undefined || deployed === wanted) continue;
    throw new Error(
      `${environment} keeps its documents in the bucket ${deployed}, and the settings name ${wanted}: they would be left behind. ` +
        `Set ${setting} and hw_stack_bucket_name as they were, or remove ${environment} first ` +
        "(docs/runbooks/remove-everything.md). Nothing was changed.",
    );
  }
}

async function deployedBucket(location: StateLocation): Promise<string | undefined> {
  const stored = await storedState(new S3Client(), location);
  return stateIn(stored)?.outputs.bucket as string | undefined;
}

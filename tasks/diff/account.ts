import { IAMClient } from "@aws-sdk/client-iam";
import { paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { readStackJson } from "../../stacks/stack-json";
import { visible } from "../../stacks/visible-text";
import { definitionChanges } from "../barrier/definition-change";
import { deployedDefinition } from "../barrier/deployed-definition";
import { callerLocation, comparePermissions } from "../permissions/compare";
import type { Location } from "../permissions/role";
import { stackFolder } from "../terraform/synth-output";
import type { Finding } from "./report";

/** What a first call to AWS fails with, and what to do. */
const KNOWN: Readonly<Record<string, string>> = {
  CredentialsProviderError: "There are no AWS credentials. Sign in, or set AWS_PROFILE, and run this again.",
  ExpiredToken: "The AWS credentials have expired. Sign in again, and run this again.",
  InvalidClientTokenId: "AWS does not accept the credentials. Sign in again, and run this again.",
  NoSuchBucket:
    "The state bucket does not exist, so nothing is deployed yet. Run npm run bootstrap first, or correct the region and pipeline_state_bucket_name.",
};

/** S3's answer to a role that an earlier bootstrap has deployed. */
const NOT_ALLOWED =
  "The credentials are not allowed to read it. Those of pull requests are after the next npm run bootstrap.";

/** Returns where the caller's credentials are valid. @throws Error that says what to do without credentials */
export async function checkCredentials(): Promise<Location> {
  return callerLocation().catch(explain);
}

/** Returns the ids of the stacks that have a state. @throws Error that says what to do where nothing is deployed */
export async function stacksWithState(settings: Settings): Promise<string[]> {
  const { stateBucket, stateKey } = namesOf(settings);
  const [Prefix, suffix] = stateKey("*").split("*") as [string, string];
  const found: string[] = [];
  try {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: new S3Client() },
      { Bucket: stateBucket, Prefix, Delimiter: "/" },
    )) {
      const keys = Contents.map(({ Key = "" }) => Key).filter((key) => key.endsWith(suffix));
      found.push(...keys.map((key) => visible(key.slice(Prefix.length, -suffix.length))));
    }
  } catch (error) {
    explain(error);
  }
  return found;
}

/**
 * Returns the permissions that synthesized stacks add to the deployed roles. Not those of the state stack, whose policies
 * refer to other resources: they cannot be compared as text, and its plan shows them.
 */
export async function addedPermissions(at: Location, stacks: readonly string[]): Promise<Finding> {
  return finding(async () => {
    const compared = stacks.filter((stack) => stack !== stackIds.state);
    const lines = await comparePermissions(new IAMClient(), at, compared);
    return lines.map(visible);
  });
}

/** Returns what the synthesized pipeline stack changes in the definition that is deployed. */
export async function changedDefinition(settings: Settings): Promise<Finding> {
  return finding(async () => {
    const file = join(stackFolder(stackIds.pipeline), "cdk.tf.json");
    const deployed = await deployedDefinition(new S3Client(), settings);
    return definitionChanges(deployed, readStackJson(readFileSync(file, "utf8")));
  });
}

async function finding(compare: () => Promise<readonly string[]>): Promise<Finding> {
  try {
    return { lines: await compare() };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "AccessDenied") return { error: NOT_ALLOWED };
    return { error: KNOWN[name] ?? visible(`${name}: ${message}`) };
  }
}

function explain(error: unknown): never {
  const { name } = error as Error;
  throw new Error(KNOWN[name] ?? (error as Error).message, { cause: error });
}

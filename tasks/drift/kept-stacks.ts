import { GetObjectCommand, NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import { releasedEnvironment, stackIds, type Names } from "../../stacks/names";
import { readStackJson, type JsonObject } from "../../stacks/stack-json";

/** The stacks that are compared: what DeployOnProd and SelfUpdate deploy. */
export const comparedStacks = [stackIds.service(releasedEnvironment), stackIds.pipeline] as const;

/** Returns a stack as it was last deployed; undefined where no deployment has kept it yet. */
export async function keptStack(s3: S3Client, names: Names, stack: string): Promise<JsonObject | undefined> {
  const Key = stack === stackIds.pipeline ? names.pipelineDefinition : names.deployedStack(stack);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: names.stateBucket, Key }));
    return readStackJson(await Body!.transformToString());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/**
 * Returns a stack without its resources: its backend, its providers, and the data sources that these need. A refresh
 * compares the state with the account and needs no more. The resources name files, such as the functions' code, which
 * are not kept.
 */
export function withoutResources(stack: JsonObject): JsonObject {
  const kept = ["terraform", "provider", "data", "locals"];
  return Object.fromEntries(Object.entries(stack).filter(([block]) => kept.includes(block)));
}

import { GetObjectCommand, NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import type { Settings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { readStackJson, type JsonObject } from "../../stacks/stack-json";

/**
 * Returns the definition of the pipeline that SelfUpdate or bootstrap deployed last; undefined where none was stored
 * yet.
 */
export async function deployedDefinition(s3: S3Client, settings: Settings): Promise<JsonObject | undefined> {
  const { stateBucket, pipelineDefinition } = namesOf(settings);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: stateBucket, Key: pipelineDefinition }));
    return readStackJson(await Body!.transformToString());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

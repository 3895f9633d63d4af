/**
 * Stores the deployed definition of the pipeline, with which CheckBuild compares that of the next commit.
 */
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSettings, type Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { stackFolder } from "../terraform/synth-output";
import { runProgram } from "../program";

/** @param root where `cdktf.out` is, with the deployed pipeline stack */
export async function keepDefinition(s3: S3Client, settings: Settings, root?: string): Promise<void> {
  const { stateBucket, pipelineDefinition } = namesOf(settings);
  const Body = await readFile(join(stackFolder(stackIds.pipeline, root), "cdk.tf.json"));
  await s3.send(new PutObjectCommand({ Bucket: stateBucket, Key: pipelineDefinition, Body }));
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(
    () => keepDefinition(new S3Client(), readSettings(), "."),
    // The next run shows this change again, which does no harm.
    ({ message }) => `The pipeline is deployed, but its definition could not be stored: ${message}`,
  );
}

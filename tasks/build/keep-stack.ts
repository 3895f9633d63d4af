/**
 * Stores a stack as it was deployed, with which CheckDrift compares the account: `node keep-stack.js STACK`.
 */
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSettings, type Settings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { runProgram } from "../program";
import { stackFolder } from "../terraform/synth-output";

/** @param root where `cdktf.out` is, with the deployed stack */
export async function keepStack(
  s3: S3Client,
  settings: Settings,
  stack: string,
  root: string,
): Promise<void> {
  const { stateBucket, deployedStack } = namesOf(settings);
  const Body = await readFile(join(stackFolder(stack, root), "cdk.tf.json"));
  await s3.send(new PutObjectCommand({ Bucket: stateBucket, Key: deployedStack(stack), Body }));
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [stack = ""] = process.argv.slice(2);
  runProgram(
    async () => {
      // A pipeline from before programs were pinned has no CheckDrift, and its role is not allowed to store the stack.
      if (process.env.PROGRAMS) await keepStack(new S3Client(), readSettings(), stack, ".");
    },
    ({ message }) => `${stack} is deployed, but could not be stored: ${message}. Retry the stage.`,
  );
}

/**
 * Keeps the state that Terraform could not write at the end of an apply, which is lost with the build
 * otherwise. The last command of every step that deploys: `node dist/tasks/save-errored-state.js STACK`.
 */
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { erroredState, keptKey } from "../terraform/errored-states";
import { runProgram } from "../program";

/** Times that each call is tried: what keeps S3 from answering may be over in a minute. */
const ATTEMPTS = 8;

/**
 * @param folder the folder of the synthesized stack, where Terraform has run
 * @param bucket that of the artifacts
 * @param build the id of this build
 * @returns what to tell the reader of the log; nothing where there is nothing to keep
 * @throws when it could not be kept
 */
export async function saveErroredState(
  s3: S3Client,
  { stack, folder, bucket, build }: { stack: string; folder: string; bucket: string; build: string },
): Promise<string | undefined> {
  const state = await readFile(join(folder, erroredState)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (state === undefined) return undefined;
  const key = keptKey(stack, build);
  try {
    await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: state, ServerSideEncryption: "AES256" }),
    );
  } catch (error) {
    // It holds secrets, so the log is no place for it.
    throw new Error(
      `Terraform could not write the state of ${stack}, and s3://${bucket}/${key} could not be written either: ` +
        `${(error as Error).message}. What was made is in no state now. Before anything else deploys ${stack}: ` +
        `npm run state:recover -- ${stack}, which finds it by its names.`,
    );
  }
  return (
    `Terraform could not write the state of ${stack}. It is kept as s3://${bucket}/${key}.\n` +
    `Before anything else deploys ${stack}: npm run state:recover -- ${stack} (docs/runbooks/recover.md).`
  );
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [stack = ""] = process.argv.slice(2);
  runProgram(async () => {
    const message = await saveErroredState(new S3Client({ maxAttempts: ATTEMPTS }), {
      stack,
      folder: join("cdktf.out/stacks", stack),
      bucket: process.env.pipeline_bucket_name ?? "",
      build: process.env.CODEBUILD_BUILD_ID ?? "",
    });
    if (message !== undefined) console.error(message);
  });
}

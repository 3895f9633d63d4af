/**
 * Stores what the privileged steps of a synthesized pipeline are to run, under the digest that the pipeline pins:
 * `node dist/tasks/store-programs.js ZIP`. Older ones stay: a build that has started may still ask for its own.
 */
import { HeadObjectCommand, NotFound, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { readSettings, type Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { resources } from "../terraform/synth-output";
import { runProgram } from "../program";

/**
 * @param zip the file with the programs
 * @param root where `cdktf.out` is, with the pipeline stack
 * @throws Error when the pipeline pins others
 */
export async function storePrograms(
  s3: S3Client,
  settings: Settings,
  zip: string,
  root?: string,
): Promise<void> {
  const contents = await readFile(zip);
  const names = namesOf(settings);
  const Key = names.programs(createHash("sha256").update(contents).digest("hex"));
  const Bucket = names.stateBucket;
  const pinned = pinnedPrograms(root);
  if (pinned.some((one) => one !== `s3://${Bucket}/${Key}`)) {
    throw new Error(
      `${zip} is s3://${Bucket}/${Key}, and the pipeline stack pins ${pinned.join(", ")}. Nothing was changed.`,
    );
  }
  if (await exists(s3, Bucket, Key)) return;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: contents }));
}

/** Where the projects of the pipeline stack take their programs from: one place, if nothing is wrong. */
function pinnedPrograms(root?: string): string[] {
  const projects = resources(stackIds.pipeline, root).filter(({ type }) => type === "aws_codebuild_project");
  const places = projects.flatMap((project) => {
    const { environment } = project.arguments as {
      environment?: { environment_variable?: readonly { readonly name: string; readonly value: string }[] };
    };
    return (environment?.environment_variable ?? [])
      .filter(({ name }) => name === "PROGRAMS")
      .map(({ value }) => value);
  });
  return [...new Set(places)];
}

async function exists(s3: S3Client, Bucket: string, Key: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [zip = ""] = process.argv.slice(2);
  runProgram(
    () => storePrograms(new S3Client(), readSettings(), zip, "."),
    ({ message }) => `The programs of the pipeline could not be stored: ${message}`,
  );
}

import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig } from "../client-config";
import type { AwsContext, Credentials } from "../aws-context";
import { PhaseError } from "./phase-error";
import type { ArtifactLocation } from "./pipeline-build";
import { unzip } from "./unzip";

/** The default path of a project's buildspec. */
const DEFAULT_BUILDSPEC = "buildspec.yml";

/** Downloads an artifact with the build's role, and unpacks it into a folder. */
export async function downloadSource(
  aws: AwsContext,
  credentials: Credentials,
  { name, bucket, key }: ArtifactLocation,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const archive = `${folder}.zip`;
  const s3 = new S3Client({ ...clientConfig(aws, credentials), forcePathStyle: true });
  try {
    await mkdir(folder, { recursive: true });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    });
    await pipeline(Body as Readable, createWriteStream(archive), { signal });
    await unzip(archive, folder);
  } catch (error) {
    const { name: kind, message } = error as Error;
    throw new PhaseError("CLIENT_ERROR", `${kind}: ${message} for source ${name} (s3://${bucket}/${key})`);
  } finally {
    s3.destroy();
    await rm(archive, { force: true });
  }
}

/** The text of a buildspec, and where it was read from. */
export interface BuildspecText {
  readonly text: string;
  readonly location: string;
}

/**
 * Returns a project's buildspec: the setting itself if it is YAML, otherwise the file that it names.
 * @throws PhaseError `YAML_FILE_ERROR` if the file does not exist
 */
export async function readBuildspec(setting: string | undefined, source: string): Promise<BuildspecText> {
  // A path is one line without a mapping. CodeBuild distinguishes them in the same way.
  if (setting && /\n|:\s/.test(setting)) return { text: setting, location: "the project" };
  const path = resolve(source, setting || DEFAULT_BUILDSPEC);
  if (relative(source, path).startsWith("..")) {
    throw new PhaseError("YAML_FILE_ERROR", `the buildspec ${setting} is outside the source`);
  }
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "no such file or directory" : error.message;
    throw new PhaseError("YAML_FILE_ERROR", `stat ${join(source, relative(source, path))}: ${reason}`);
  });
  return { text, location: path };
}

import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig } from "../../client-config";
import type { AwsContext } from "../../aws-context";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionRequest } from "./action";
import { archive, fetchCommit, FetchFailed, type Commit } from "./github-checkout";
import { dropAttributes } from "./source-zip";

/** The GitHub that repositories are fetched from. */
export interface GitHubHost {
  /** Returns the URL that git fetches from, without credentials. */
  gitUrl(owner: string, repository: string): string;
  /** The token of the GitHub app of connections; no connection works without it. */
  readonly appToken?: string;
  /** Installs the app on the repositories, which then send every push to its URL. */
  installApp?(app: { url: string; secret: string }): void;
}

/** The branch of a source action. */
export interface GitSource {
  /** The URL that git fetches from, without credentials. */
  readonly url: string;
  /** `owner/name`, for messages. */
  readonly repository: string;
  readonly branch: string;
  readonly token: string;
  /** The message if GitHub rejects the token. */
  readonly accessDenied: string;
  /** The message if the branch does not exist. */
  readonly missing: string;
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Stores a commit in the artifact bucket: that of the execution's overrides, or the branch's head.
 * @throws ActionFailed
 */
export async function storeSource(
  aws: AwsContext,
  request: ActionRequest,
  source: GitSource,
): Promise<Commit> {
  const folder = await mkdtemp(join(aws.folder, "source-"));
  try {
    const commit = await fetch(request, source, join(folder, "git"));
    const zip = join(folder, "source.zip");
    await archive(join(folder, "git"), commit.id, zip, request.abandoned);
    await dropAttributes(zip);
    await upload(aws, request, zip);
    return commit;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetch(request: ActionRequest, source: GitSource, folder: string): Promise<Commit> {
  const ref = request.revision ?? `refs/heads/${source.branch}`;
  try {
    return await fetchCommit(folder, source.url, ref, source.token, request.abandoned);
  } catch (error) {
    if (!(error instanceof FetchFailed)) throw error;
    throw failure(error, source, request.revision);
  }
}

async function upload(aws: AwsContext, request: ActionRequest, zip: string): Promise<void> {
  const output = request.outputs[0];
  if (!output)
    throw new ActionFailed("ConfigurationError", `Action ${request.action.name} has no output artifact.`);
  const s3 = new S3Client({
    ...clientConfig(aws, await actionCredentials(aws, request)),
    forcePathStyle: true,
    // The client logs that it cannot repeat a streamed request; the action's error says enough.
    logger: SILENT,
  });
  const key = request.pipeline.declaration.artifactStore?.encryptionKey?.id;
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: output.bucket,
        Key: output.key,
        Body: createReadStream(zip),
        ContentLength: (await stat(zip)).size,
        ContentType: "application/zip",
        ...(key && { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key }),
      }),
    );
  } catch (error) {
    const where = `s3://${output.bucket}/${output.key}`;
    const message = `The source could not be uploaded to ${where}: ${(error as Error).message}`;
    throw new ActionFailed("PermissionError", message);
  } finally {
    s3.destroy();
  }
}

function failure(
  { reason, message }: FetchFailed,
  { repository, branch, accessDenied, missing }: GitSource,
  revision: string | undefined,
): ActionFailed {
  if (reason === "missing") {
    const text = revision === undefined ? missing : `The commit ${revision} does not exist in ${repository}.`;
    return new ActionFailed("ConfigurationError", text);
  }
  if (reason === "access") {
    const access = `Could not access the GitHub repository: "${repository}". ${accessDenied}`;
    return new ActionFailed("PermissionError", access);
  }
  const what = revision === undefined ? `The branch ${branch}` : `The commit ${revision}`;
  return new ActionFailed("SystemUnavailable", `${what} of ${repository} could not be fetched: ${message}`);
}

function ignore(): void {
  // Nothing is written.
}

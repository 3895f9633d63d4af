/**
 * States that Terraform could not write at the end of an apply. The build saves each in the artifact bucket, because the
 * state bucket is the one that failed, until the operator pushes it: `npm run state:recover`.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { erroredFolder } from "../../stacks/names";
import { parseState, type StateFile } from "./state-files";

/** The file that Terraform writes into a stack's folder when it cannot write the state. */
export const erroredState = "errored.tfstate";

/** A state that a build saved. */
export interface KeptState {
  readonly stack: string;
  readonly key: string;
  /** The id of the build, such as `hw-DeployOnProd:1b2c…`. */
  readonly build: string;
  readonly since: Date | undefined;
  readonly state: StateFile;
}

/** Returns the key of a state that a build could not write, in the folder of the stack that its step is allowed to write. */
export function keptKey(stack: string, build: string): string {
  return `${erroredFolder}/${stack}/${build}.tfstate`;
}

/**
 * Returns the saved states, the newest last. Deeper folders are skipped: every step is allowed to write artifacts there,
 * and what is found here becomes a state.
 */
export async function keptStates(s3: S3Client, bucket: string): Promise<KeptState[]> {
  const kept: KeptState[] = [];
  for await (const page of paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: `${erroredFolder}/` },
  )) {
    for (const { Key = "", LastModified: since } of page.Contents ?? []) {
      const [, stack, build] = /^[^/]+\/([^/]+)\/([^/]+)\.tfstate$/.exec(Key) ?? [];
      if (stack === undefined || build === undefined) continue;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const state = parseState((await Body?.transformToString()) ?? "");
      if (!state) throw new Error(`s3://${bucket}/${Key} is not a Terraform state. Look at it yourself.`);
      kept.push({ stack, key: Key, build, since, state });
    }
  }
  return kept.sort((a, b) => Number(a.since) - Number(b.since));
}

/** Removes a saved state, once it is pushed. */
export async function forget(s3: S3Client, bucket: string, { key }: KeptState): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

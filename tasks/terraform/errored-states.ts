/**
 * States that Terraform could not write at the end of an apply. The build keeps each in the bucket of the
 * artifacts, because that of the states is the one that failed, until a person pushes it: `npm run state:recover`.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { parseState, type StateFile } from "./state-files";

/** The file that Terraform writes into a stack's folder when it cannot write the state. */
export const erroredState = "errored.tfstate";

/** The folder of the bucket: that of each stack in it may be written by the step that deploys the stack. */
const FOLDER = "errored";

/** A state that a build has kept. */
export interface KeptState {
  readonly stack: string;
  readonly key: string;
  /** The id of the build, such as `hw-DeployOnProd:1b2c…`. */
  readonly build: string;
  readonly since: Date | undefined;
  readonly state: StateFile;
}

/** The object that keeps the state of a stack which a build could not write. */
export function keptKey(stack: string, build: string): string {
  return `${FOLDER}/${stack}/${build}.tfstate`;
}

/**
 * What is kept, the newest last. Objects further down are none of it: a step that writes artifacts may
 * write there (those in a folder of its name), and what is found here ends up as a state.
 */
export async function keptStates(s3: S3Client, bucket: string): Promise<KeptState[]> {
  const kept: KeptState[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: `${FOLDER}/` })) {
    for (const { Key = "", LastModified: since } of page.Contents ?? []) {
      const [, stack, build] = /^[^/]+\/([^/]+)\/([^/]+)\.tfstate$/.exec(Key) ?? [];
      if (stack === undefined || build === undefined) continue;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const state = parseState((await Body?.transformToString()) ?? "");
      if (!state)
        throw new Error(`s3://${bucket}/${Key} is not a state that Terraform wrote: look at it by hand.`);
      kept.push({ stack, key: Key, build, since, state });
    }
  }
  return kept.sort((a, b) => Number(a.since) - Number(b.since));
}

/** Removes what was kept, once it is pushed. */
export async function forget(s3: S3Client, bucket: string, { key }: KeptState): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

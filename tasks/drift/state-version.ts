import { HeadObjectCommand, NotFound, type S3Client } from "@aws-sdk/client-s3";
import type { Names } from "../../stacks/names";

/** The suffix that Terraform appends to the key of a state. */
const LOCK = ".tflock";

/**
 * Returns what identifies the contents of a stack's state; undefined while the state is locked. A stack that is being
 * deployed differs from its state.
 */
export async function stateVersion(s3: S3Client, names: Names, stack: string): Promise<string | undefined> {
  const key = names.stateKey(stack);
  const head = async (Key: string) => {
    try {
      return await s3.send(new HeadObjectCommand({ Bucket: names.stateBucket, Key }));
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  };
  if (await head(`${key}${LOCK}`)) return undefined;
  return (await head(key))?.ETag ?? "none";
}

import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";

/** A client for the account and region the function runs in. */
export function createS3Client(): S3Client {
  return new S3Client({});
}

/** Whether S3 refused because there is no such object (GetObject and HeadObject name it differently). */
export function isMissing(error: unknown): boolean {
  return isNamed(error, "NoSuchKey", "NotFound");
}

/** Whether a conditional request was refused because another request has written or is writing the object. */
export function isConflict(error: unknown): boolean {
  return isNamed(error, "PreconditionFailed", "ConditionalRequestConflict");
}

function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}

import { allow, type Statement } from "../constructs/policy";
import type { ServiceFunction } from "../functions";
import type { Environment } from "../names";
import type { Arns } from "./arns";

type Permissions = (arns: Arns, environment: Environment) => Statement[];

/** The permissions that each function needs for its own work. */
export const servicePermissions: Readonly<Record<ServiceFunction, Permissions>> = {
  api: apiPermissions,
  "record-object": recordObjectPermissions,
};

/** The API stores documents, and reads and deletes their metadata. */
function apiPermissions(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket, "The API lists documents, and answers 404 for one that does not exist."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${bucket}/documents/*`,
      "The API stores, reads and deletes documents.",
    ),
    allow(
      ["s3:GetObject", "s3:DeleteObject"],
      `${bucket}/metadata/*`,
      "The API reads and deletes the metadata of documents, and writes none.",
    ),
  ];
}

/** Record-object reads documents and writes their metadata. */
function recordObjectPermissions(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket, "Without it S3 answers 403 instead of 404 for a deleted object."),
    allow("s3:GetObject", `${bucket}/documents/*`, "Reads a document to record its metadata."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${bucket}/metadata/*`,
      "Writes a document's metadata, and deletes it with the document.",
    ),
  ];
}

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

/** The API stores documents, and reads and deletes what was recorded about them. */
function apiPermissions(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket, "The API lists documents, and answers 404 for one that is not there."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${bucket}/documents/*`,
      "The API keeps documents.",
    ),
    allow(
      ["s3:GetObject", "s3:DeleteObject"],
      `${bucket}/metadata/*`,
      "The API reads and removes what was recorded of them, and records nothing.",
    ),
  ];
}

/** Record-object reads a document and records what it is. */
function recordObjectPermissions(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket, "Without it S3 answers 403 instead of 404 for an object that is gone."),
    allow("s3:GetObject", `${bucket}/documents/*`, "Reads a document to record what it is."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${bucket}/metadata/*`,
      "Records what a document is, and forgets it with the document.",
    ),
  ];
}

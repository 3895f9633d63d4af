import { allow, trust, type Statement, type TrustStatement } from "../constructs/policy";
import type { Environment, ServiceFunction } from "../names";
import type { Arns } from "./arns";

/** Lambda may take a function's role. */
export const functionTrust: readonly TrustStatement[] = [
  trust(
    "lambda.amazonaws.com",
    "Without a condition: Lambda names neither account nor function when it assumes a role.",
  ),
];

/** The API keeps documents, and reads and removes what was recorded of them. */
export function apiPermissions(arns: Arns, environment: Environment): Statement[] {
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
    ownLog(arns, environment, "api"),
    traces,
  ];
}

/** The event function reads a document and records what it is. */
export function recordObjectPermissions(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket, "Without it S3 answers 403 instead of 404 for an object that is gone."),
    allow("s3:GetObject", `${bucket}/documents/*`, "Reads a document to record what it is."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${bucket}/metadata/*`,
      "Records what a document is, and forgets it with the document.",
    ),
    allow(
      "sqs:SendMessage",
      arns.failedEvents(environment),
      "Lambda hands an event that failed three times to the queue, with the function's own role.",
    ),
    ownLog(arns, environment, "record-object"),
    traces,
  ];
}

const traces = allow(
  ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  "*",
  "Lambda sends the traces of a call to X-Ray, which has no resource-level permissions.",
);

function ownLog(arns: Arns, environment: Environment, name: ServiceFunction): Statement {
  return allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    arns.logStreams(`/aws/lambda/${arns.names.function(environment, name)}`),
    "The function writes the streams of its own log.",
  );
}

import { allow, trust, type Statement, type TrustStatement } from "../constructs/policy";
import { definitionOf, type ServiceFunction } from "../functions";
import type { Environment } from "../names";
import type { Arns } from "./arns";

/** Lambda is allowed to assume a function's role. */
export const functionTrust: readonly TrustStatement[] = [
  trust(
    "lambda.amazonaws.com",
    "Without a condition: Lambda names neither account nor function when it assumes a role.",
  ),
];

/** The permissions that each function needs for its own work. */
const ownPermissions: Record<ServiceFunction, (arns: Arns, environment: Environment) => Statement[]> = {
  api: apiPermissions,
  "record-object": recordObjectPermissions,
};

/** The permissions of a function: its own, those that its trigger needs, and those that all functions have. */
export function functionPermissions(
  arns: Arns,
  environment: Environment,
  name: ServiceFunction,
): Statement[] {
  return [
    ...ownPermissions[name](arns, environment),
    ...(definitionOf(name).trigger.kind === "objects" ? [sendFailedEvents(arns, environment)] : []),
    ownLog(arns, environment, name),
    traces,
  ];
}

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

const traces = allow(
  ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  "*",
  "Lambda sends the traces of a call to X-Ray, which has no resource-level permissions.",
);

function sendFailedEvents(arns: Arns, environment: Environment): Statement {
  return allow(
    "sqs:SendMessage",
    arns.deadLetterQueue(environment),
    "Lambda sends an event that failed three times to the queue, with the function's own role.",
  );
}

function ownLog(arns: Arns, environment: Environment, name: ServiceFunction): Statement {
  return allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    arns.logStreams(`/aws/lambda/${arns.names.function(environment, name)}`),
    "The function writes the streams of its own log.",
  );
}

import { allow, trust, type Statement, type TrustStatement } from "../constructs/policy";
import type { Environment, ServiceFunction } from "../names";
import type { Arns } from "./arns";

/** Lambda, which names neither account nor function when it takes a role. */
export const functionTrust: readonly TrustStatement[] = [trust("lambda.amazonaws.com")];

/** The API keeps documents, and reads and removes what was recorded of them. */
export function apiRights(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket),
    allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `${bucket}/documents/*`),
    allow(["s3:GetObject", "s3:DeleteObject"], `${bucket}/metadata/*`),
    ownLog(arns, environment, "api"),
  ];
}

/** The event function reads a document and records what it is. */
export function recordObjectRights(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    // Without it S3 answers 403 instead of 404 for an object that is gone.
    allow("s3:ListBucket", bucket),
    allow("s3:GetObject", `${bucket}/documents/*`),
    allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `${bucket}/metadata/*`),
    ownLog(arns, environment, "record-object"),
  ];
}

function ownLog(arns: Arns, environment: Environment, name: ServiceFunction): Statement {
  return allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    arns.logStreams(`/aws/lambda/${arns.names.function(environment, name)}`),
  );
}

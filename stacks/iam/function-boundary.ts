import { allow, type Statement } from "../constructs/policy";
import type { Environment } from "../names";
import type { Arns } from "./arns";

/**
 * The most that a role of an environment's functions can ever do: use that environment. The step that deploys the
 * environment can create no other role, so it gains nothing by creating or changing one. A function that needs more
 * gets it here, deployed with `npm run bootstrap`.
 *
 * A step that can change the role's trust policy could still let another account assume it. Lambda names the function
 * in the credentials of the function's code and in its own calls for the logs, and nowhere else:
 * https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
export function functionBoundary(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  const inFunction = { ArnLike: { "lambda:SourceFunctionArn": arns.functions(environment) } };
  return [
    {
      ...allow("s3:ListBucket", bucket, "The environment's bucket, for the code of its functions only."),
      Condition: inFunction,
    },
    {
      ...allow(
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        `${bucket}/*`,
        "Its objects. Each role's own policy says which.",
      ),
      Condition: inFunction,
    },
    {
      ...allow(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        arns.logStreams(`/aws/lambda/${arns.names.service(environment)}-*`),
        "The logs of the environment's functions, including future ones.",
      ),
      Condition: inFunction,
    },
    allow(
      "sqs:SendMessage",
      arns.deadLetterQueue(environment),
      "The environment's queue for events that could not be processed. Lambda sends to it without naming the function.",
    ),
    allow(
      ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      "*",
      "X-Ray, which has no resource-level permissions for traces.",
    ),
  ];
}

/**
 * The boundary that the functions of all environments shared before bootstrap level 2. Their roles keep it until they
 * are deployed again, so it has to exist until then; it can no longer be given to a role.
 */
export function sharedFunctionBoundary(arns: Arns): Statement[] {
  const { names } = arns;
  const buckets = names.environments.map((environment) => arns.bucket(names.serviceBucket(environment)));
  return [
    allow("s3:ListBucket", buckets, "The service's buckets, of all environments."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      buckets.map((bucket) => `${bucket}/*`),
      "Their objects. Each role's own policy says which.",
    ),
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      arns.logStreams(`/aws/lambda/${names.service("*")}-*`),
      "The logs of the service's functions.",
    ),
    allow("sqs:SendMessage", arns.deadLetterQueue("*"), "The queues for events that could not be processed."),
    allow(
      ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      "*",
      "X-Ray, which has no resource-level permissions for traces.",
    ),
  ];
}

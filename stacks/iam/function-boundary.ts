import { allow, type Statement } from "../constructs/policy";
import type { Environment } from "../names";
import type { Arns } from "./arns";

/**
 * The most that a role of an environment's functions can ever do: what the environment has. The step that deploys the
 * environment can make no other role, so it gains nothing by making or changing one. A function that needs more gets
 * it here, and then `npm run bootstrap`.
 *
 * Whoever can change the role's trust policy could still let another account assume it. Lambda names the function in
 * the credentials of the function's code and in what it does for the logs, and nowhere else:
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
        "What is in it. Which objects is a matter of each role's own policy.",
      ),
      Condition: inFunction,
    },
    {
      ...allow(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        arns.logStreams(`/aws/lambda/${arns.names.service(environment)}-*`),
        "The logs of the environment's functions, also of one that is yet to come.",
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
 * The boundary that the functions of all environments had in common, before bootstrap level 2. Their roles keep it
 * until they are deployed again, so it has to exist until then; no role can be given it any more.
 */
export function sharedFunctionBoundary(arns: Arns): Statement[] {
  const { names } = arns;
  const buckets = names.environments.map((environment) => arns.bucket(names.serviceBucket(environment)));
  return [
    allow("s3:ListBucket", buckets, "The service's buckets, of all environments."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      buckets.map((bucket) => `${bucket}/*`),
      "What is in them. Which objects is a matter of each role's own policy.",
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

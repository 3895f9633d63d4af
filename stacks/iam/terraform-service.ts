/** What Terraform calls to read and to manage what only a service stack has. */
import { allow, type Statement } from "../constructs/policy";
import { releasedEnvironment, stackIds, type Environment } from "../names";
import type { Arns } from "./arns";
import { bucketReads, findAlarms, findLogGroups, reads } from "./terraform";

/** What the provider calls to read a kind of resource: a plan does no more. */
const ownReads = {
  functions: [
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:ListVersionsByFunction",
    "lambda:GetAlias",
    "lambda:GetPolicy",
    "lambda:ListTags",
  ],
  queue: ["sqs:GetQueueAttributes", "sqs:ListQueueTags"],
  alarms: ["cloudwatch:ListTagsForResource"],
  rule: ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource"],
};

/** Reads an environment's service stack and its state, as a plan of it does. It takes no lock. */
export function planService(arns: Arns, environment: Environment): Statement[] {
  const { names } = arns;
  const service = names.service(environment);
  const state = arns.bucket(names.stateBucket);
  const groups = serviceLogs(arns, environment);
  return [
    allow("s3:ListBucket", state, "Terraform looks whether there is a state yet."),
    allow(
      "s3:GetObject",
      `${state}/${names.stateKey(stackIds.service(environment))}`,
      "A plan compares what the stack's state knows.",
    ),
    names.hasExistingBucket(environment)
      ? allow(
          ownReads.rule,
          arns.objectRules(environment),
          "The rules on the objects in the existing bucket.",
        )
      : allow(reads.bucket, arns.bucket(names.serviceBucket(environment)), bucketReads),
    allow(ownReads.functions, arns.functions(environment), "Functions, their versions and their alias."),
    readApis(arns),
    allow(
      "logs:ListTagsForResource",
      groups.flatMap((group) => [arns.logGroup(group), arns.logStreams(group)]),
      "AWS writes a group's ARN with and without the ending.",
    ),
    findLogGroups,
    allow(
      ownReads.queue,
      arns.deadLetterQueue(environment),
      "The queue of events that could not be processed.",
    ),
    allow(ownReads.alarms, alarms(arns, environment), "The alarms on that queue and on new versions."),
    findAlarms(arns),
    allow(reads.roles, arns.role(`${service}-*`), "The roles of the functions."),
  ];
}

/** The log groups of an environment's functions, and of its API. */
export function serviceLogs({ names }: Arns, environment: Environment): string[] {
  return [`/aws/lambda/${names.service(environment)}-*`, names.accessLogGroup(environment)];
}

function alarms(arns: Arns, environment: Environment): string {
  return arns.of("cloudwatch", `alarm:${arns.names.service(environment)}-*`);
}

/**
 * An environment's bucket and its settings, not its objects. No step is allowed to delete it. Of an existing bucket a step
 * can change nothing at all: it only makes a rule on what happens in it.
 */
export function manageServiceBucket(arns: Arns, environment: Environment): Statement[] {
  const { names } = arns;
  if (names.hasExistingBucket(environment)) {
    return [
      allow(
        [...ownReads.rule, "events:PutRule", "events:PutTargets"],
        arns.objectRules(environment),
        "The rules on the objects in the existing bucket, also for a function that is added later. No step is allowed to delete one.",
      ),
    ];
  }
  return [
    allow(
      [
        ...reads.bucket,
        "s3:CreateBucket",
        "s3:PutBucketNotification",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
      ],
      arns.bucket(names.serviceBucket(environment)),
      bucketReads,
    ),
  ];
}

/** Functions, their versions and their alias. */
export function manageFunctions(functions: string): Statement[] {
  return [
    allow(
      [
        ...ownReads.functions,
        "lambda:GetFunctionConfiguration",
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:PutFunctionConcurrency",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunction",
        "lambda:PublishVersion",
        "lambda:CreateAlias",
        "lambda:UpdateAlias",
        "lambda:DeleteAlias",
        "lambda:AddPermission",
        "lambda:RemovePermission",
      ],
      functions,
      "Functions, their versions and their alias, also of a function that is yet to come.",
    ),
  ];
}

/**
 * HTTP APIs. An API's id is made up by AWS, so that an ARN can't name it; making and changing an API is bound
 * by its name all the same. AWS knows that name neither when an API is read nor when its routes are changed.
 */
export function manageApis(arns: Arns, environment: Environment): Statement[] {
  const service = arns.names.service(environment);
  const named = (key: string) => ({
    StringLike: { [`apigateway:${key}/ApiName`]: [service, `${service}-*`] },
  });
  return [
    readApis(arns),
    // Bootstrap creates production's: another of its name could be taken for it.
    ...(service === arns.names.productionApi
      ? []
      : [
          {
            ...allow("apigateway:POST", arns.api("/apis"), "Makes an API of the environment's name."),
            Condition: named("Request"),
          },
        ]),
    {
      ...allow(
        "apigateway:PATCH",
        arns.api("/apis/*"),
        "Changes an API of the environment's name. No step is allowed to delete one: clients know its URL.",
      ),
      Condition: named("Resource"),
    },
    allow(
      ["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE"],
      arns.api("/apis/*/*"),
      "An API's routes, integrations and stages. AWS generates its id, and a policy cannot name these: the permissions reach those of every API in the region.",
    ),
  ];
}

/** Reads HTTP APIs, and looks for one by its name. */
export function readApis(arns: Arns): Statement {
  return allow(
    "apigateway:GET",
    [arns.api("/apis"), arns.api("/apis/*")],
    "AWS generates an API's id, so its name can't be in the ARN: this permission reaches every API in the region.",
  );
}

/** The queue of events that could not be processed. No step is allowed to delete it, or to read it. */
export function manageDeadLetterQueue(arns: Arns, environment: Environment): Statement[] {
  return [
    allow(
      [...ownReads.queue, "sqs:CreateQueue", "sqs:SetQueueAttributes"],
      arns.deadLetterQueue(environment),
      "The queue of events that could not be processed, not its messages. No step is allowed to delete it.",
    ),
  ];
}

/** An environment's alarms: on the queue of failed events and, in production, on new versions. */
export function manageServiceAlarms(arns: Arns, environment: Environment): Statement[] {
  return [
    allow(
      [
        ...ownReads.alarms,
        "cloudwatch:PutMetricAlarm",
        // Those on new versions go with their function.
        ...(environment === releasedEnvironment ? ["cloudwatch:DeleteAlarms"] : []),
      ],
      alarms(arns, environment),
      "The alarms on failed events and on new versions, also of a function that is yet to come.",
    ),
    findAlarms(arns),
  ];
}

/**
 * Has API Gateway write an access log. The resource policy that lets it write belongs to the state stack: with
 * logs:PutResourcePolicy a step could open every log of the account.
 *
 * logs:DeleteLogDelivery stays, though with it a step could end any delivery of the account: AWS lists it among what
 * turning on an access log takes, and no source says that a changed log works without it. What ends with a delivery is
 * visible in the log that stops; the log group stays.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
 */
export function deliverAccessLog(): Statement {
  return allow(
    [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:DescribeResourcePolicies",
    ],
    "*",
    "API Gateway sets up, changes and replaces the access log's delivery with the permissions of who asks for it; a delivery has no resource-level permissions.",
  );
}

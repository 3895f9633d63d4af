/** The permissions that Terraform needs for the resources of the pipeline stack alone. */
import { allow, type Statement } from "../constructs/policy";
import { stackIds } from "../names";
import type { Arns } from "./arns";
import { readCommitStatuses } from "./commit-statuses";
import { deploySource, readSource } from "./source";
import { bucketReads, findAlarms, reads } from "./terraform";

/** Reads the pipeline stack and its state, as a plan of it does. It takes no lock. */
export function planPipeline(arns: Arns): Statement[] {
  const { names } = arns;
  return [
    allow(
      "s3:GetObject",
      `${arns.bucket(names.stateBucket)}/${names.stateKey(stackIds.pipeline)}`,
      arns.connection === undefined
        ? "A plan compares the stack with its state; with it the role reads the GitHub token."
        : "A plan compares the stack with its state.",
    ),
    allow(reads.bucket, arns.bucket(names.artifactBucket), bucketReads),
    allow("codepipeline:GetPipeline", arns.pipeline, "The pipeline."),
    ...readSource(arns),
    allow("codebuild:BatchGetProjects", arns.project("*"), "The projects of all steps."),
    allow(
      "logs:ListTagsForResource",
      [names.buildLogGroup("*"), names.releaseLogGroup].map((group) => arns.logGroup(group)),
      "The logs of builds and releases, without their events.",
    ),
    allow(
      "cloudwatch:ListTagsForResource",
      arns.of("cloudwatch", `alarm:${names.alarm("*")}`),
      "The alarms on builds and on notifications.",
    ),
    allow(
      reads.rule,
      [arns.failedExecutionRule, arns.driftRule],
      "The rules on failed executions and on drift.",
    ),
    ...readCommitStatuses(arns),
    ...readTopic(arns),
    allow(reads.roles, arns.role(`${names.pipelineRole}*`), "The roles of the pipeline and its steps."),
  ];
}

/** The retention of artifacts. Bootstrap creates their bucket, and only the operator changes what protects it. */
export function manageArtifactBucket(arns: Arns): Statement[] {
  const bucket = arns.bucket(arns.names.artifactBucket);
  return [
    allow(reads.bucket, bucket, bucketReads),
    allow(
      "s3:PutLifecycleConfiguration",
      bucket,
      "The retention of artifacts. Bootstrap creates the bucket, and only the operator changes what protects it.",
    ),
  ];
}

/** The pipeline and what starts it. Bootstrap creates the pipeline, and no step is allowed to delete it. */
export function managePipeline(arns: Arns): Statement[] {
  return [
    allow(
      [
        "codepipeline:GetPipeline",
        "codepipeline:UpdatePipeline",
        "codepipeline:TagResource",
        "codepipeline:UntagResource",
      ],
      arns.pipeline,
      "The pipeline, by its name. Bootstrap creates it, and no step is allowed to delete it.",
    ),
    ...deploySource(arns),
  ];
}

/** The build projects of the steps. */
export function manageProjects(arns: Arns): Statement[] {
  return [
    allow(
      [
        "codebuild:CreateProject",
        "codebuild:BatchGetProjects",
        "codebuild:UpdateProject",
        "codebuild:DeleteProject",
      ],
      arns.project("*"),
      "The projects of the steps, including future ones.",
    ),
  ];
}

/** The alarms on builds, and the rule on failed executions. */
export function manageAlarms(arns: Arns): Statement[] {
  return [
    allow(
      ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource"],
      arns.of("cloudwatch", `alarm:${arns.names.alarm("*")}`),
      "An alarm for each step, including future ones.",
    ),
    findAlarms(arns),
    allow(
      [...reads.rule, "events:PutRule", "events:PutTargets"],
      arns.failedExecutionRule,
      "The rule on executions that fail outside of a build. No step is allowed to delete it.",
    ),
    ...(arns.names.isBranchPipeline ? [] : [manageDriftRule(arns)]),
  ];
}

/** The rule that starts CheckDrift, which a setting can remove. */
function manageDriftRule(arns: Arns): Statement {
  return allow(
    [...reads.rule, "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"],
    arns.driftRule,
    "The rule that starts the comparison with what was deployed, which pipeline_drift_schedule can turn off.",
  );
}

/**
 * Reads the failure topic, its subscriptions and its key. Bootstrap creates and changes them: with any of the topic's
 * attributes or with its key's policy a step could silence it.
 */
function readTopic(arns: Arns): Statement[] {
  return [
    allow(
      ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
      arns.failureTopic,
      "Reads the failure topic. Only bootstrap changes it.",
    ),
    ...readBesideTopic(arns),
  ];
}

/** Reads the subscriptions and the key of the failure topic. */
function readBesideTopic(arns: Arns): Statement[] {
  return [
    allow(
      "sns:GetSubscriptionAttributes",
      "*",
      "Reading a subscription has no resource-level permissions. Who is notified is a setting, which the operator changes.",
    ),
    allow("kms:ListAliases", "*", "Listing aliases has no resource-level permissions."),
    readTopicKeys(arns, [arns.names.failureKeyAlias]),
  ];
}

/** Reads the failure topic, and restores its subscription. */
export function keepTopic(arns: Arns): Statement[] {
  return [...readTopic(arns), ...restoreSubscription(arns)];
}

/** What `keepTopic` allows, without the topic's attributes. */
export function keepBesideTopic(arns: Arns): Statement[] {
  return [...readBesideTopic(arns), ...restoreSubscription(arns)];
}

function restoreSubscription(arns: Arns): Statement[] {
  const email = arns.names.failureEmail;
  return email === undefined ? [] : [subscribe(arns.failureTopic, email)];
}

/** Reads the keys of topics, by their aliases. */
export function readTopicKeys(arns: Arns, aliases: readonly string[]): Statement {
  return {
    ...allow(
      ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
      arns.of("kms", "key/*"),
      "Reads the key of a topic. A key's id is generated by AWS, so the alias identifies it.",
    ),
    Condition: {
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": aliases.length === 1 ? aliases[0]! : aliases },
    },
  };
}

/**
 * AWS removes a subscription that is not confirmed within two days or is unsubscribed from: Terraform subscribes again.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
 */
function subscribe(topic: string, email: string): Statement {
  return {
    ...allow(
      "sns:Subscribe",
      topic,
      "Restores the e-mail subscription when it is gone, for that address only.",
    ),
    Condition: { StringEquals: { "sns:Protocol": "email", "sns:Endpoint": email } },
  };
}

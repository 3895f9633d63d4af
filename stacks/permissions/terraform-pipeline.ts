/** What Terraform calls to manage what only the pipeline stack has. */
import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";
import { bucketReads, findAlarms, reads } from "./terraform";

/** How long artifacts are kept. Bootstrap makes their bucket, and what protects it is a person's to change. */
export function manageArtifactBucket(arns: Arns): Statement[] {
  const bucket = arns.bucket(arns.names.artifactBucket);
  return [
    allow(reads.bucket, bucket, bucketReads),
    allow(
      "s3:PutLifecycleConfiguration",
      bucket,
      "How long artifacts are kept. Bootstrap makes the bucket, and what protects it is a person's to change.",
    ),
  ];
}

/** The pipeline and the webhook that starts it. Bootstrap makes the pipeline, and no step may remove it. */
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
      "The pipeline, by its name. Bootstrap makes it, and no step may remove it.",
    ),
    allow(
      ["codepipeline:PutWebhook", "codepipeline:ListTagsForResource"],
      [arns.webhook, arns.pipeline],
      "A webhook is checked as itself and as the pipeline it starts.",
    ),
    allow("codepipeline:ListWebhooks", "*", "Listing webhooks knows no resource."),
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
      "The projects of the steps, also of a step that is yet to come.",
    ),
  ];
}

/** The alarms on builds, and the rule on failed executions. */
export function manageAlarms(arns: Arns): Statement[] {
  return [
    allow(
      ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource"],
      arns.of("cloudwatch", `alarm:${arns.names.alarm("*")}`),
      "An alarm for each step, also for one that is yet to come.",
    ),
    findAlarms(arns),
    allow(
      [
        "events:PutRule",
        "events:DescribeRule",
        "events:PutTargets",
        "events:ListTargetsByRule",
        "events:ListTagsForResource",
      ],
      arns.of("events", `rule/${arns.names.failedExecutionRule}`),
      "The rule on executions that fail outside a build; no step may remove it.",
    ),
  ];
}

/**
 * The topic that hears of failures, its subscriptions and its key. Bootstrap makes them: no step may silence
 * the topic by removing it, by ending a subscription or with its key.
 */
export function manageTopic(arns: Arns): Statement[] {
  const topic = arns.failureTopic;
  return [
    allow(
      ["sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:ListTagsForResource"],
      topic,
      "The topic that hears of failures. Bootstrap makes it, and no step may remove it.",
    ),
    allow(
      "sns:GetSubscriptionAttributes",
      "*",
      "Reading a subscription knows no resource. Who is told is a setting, and a person's to change.",
    ),
    allow("kms:ListAliases", "*", "Listing aliases knows no resource."),
    {
      ...allow(
        [
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:PutKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListResourceTags",
          "kms:UpdateKeyDescription",
        ],
        arns.of("kms", "key/*"),
        "A key's id is made up by AWS: it is known by its alias, which bootstrap gives it and no step may move.",
      ),
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": arns.names.failureKeyAlias } },
    },
  ];
}

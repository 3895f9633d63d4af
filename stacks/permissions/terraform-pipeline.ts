/** What Terraform calls to manage what only the pipeline stack has. */
import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** The pipeline and the webhook that starts it. */
export function managePipeline(arns: Arns): Statement[] {
  return [
    allow(
      [
        "codepipeline:CreatePipeline",
        "codepipeline:GetPipeline",
        "codepipeline:UpdatePipeline",
        "codepipeline:DeletePipeline",
        "codepipeline:TagResource",
        "codepipeline:UntagResource",
      ],
      arns.pipeline,
      "The pipeline, by its name.",
    ),
    allow(
      ["codepipeline:PutWebhook", "codepipeline:DeleteWebhook", "codepipeline:ListTagsForResource"],
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
      [
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:TagResource",
      ],
      arns.of("cloudwatch", `alarm:${arns.names.alarm("*")}`),
      "An alarm for each step, also for one that is yet to come.",
    ),
    allow(
      "cloudwatch:DescribeAlarms",
      arns.of("cloudwatch", "alarm:*"),
      "CloudWatch checks DescribeAlarms against all alarms, whichever are asked for.",
    ),
    allow(
      [
        "events:PutRule",
        "events:DescribeRule",
        "events:DeleteRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "events:ListTargetsByRule",
        "events:ListTagsForResource",
        "events:TagResource",
      ],
      arns.of("events", `rule/${arns.names.failedExecutionRule}`),
      "The rule on executions that fail outside a build.",
    ),
  ];
}

/** The topic that hears of failures, its subscriptions and its key. */
export function manageTopic(arns: Arns): Statement[] {
  const topic = arns.failureTopic;
  return [
    allow(
      [
        "sns:CreateTopic",
        "sns:GetTopicAttributes",
        "sns:SetTopicAttributes",
        "sns:DeleteTopic",
        "sns:ListTagsForResource",
        "sns:TagResource",
        "sns:Subscribe",
      ],
      topic,
      "The topic that hears of failures.",
    ),
    allow(
      ["sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"],
      [topic, `${topic}:*`],
      "A subscription's ARN is the topic's with a made-up id behind it.",
    ),
    allow(["kms:CreateKey", "kms:ListAliases"], "*", "Neither of these knows a resource."),
    allow(
      [
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:PutKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:EnableKeyRotation",
        "kms:ListResourceTags",
        "kms:TagResource",
        "kms:UpdateKeyDescription",
        "kms:CreateAlias",
        "kms:UpdateAlias",
        "kms:DeleteAlias",
      ],
      [arns.of("kms", "key/*"), arns.of("kms", arns.names.failureKeyAlias)],
      "A key has no name, and its id is not known before it is there: these rights reach every key of the account in the region.",
    ),
  ];
}

/** What Terraform calls to manage a kind of resource: for the roles that deploy a stack. */
import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** A stack's own state and its lock; nobody else's. */
export function ownState(arns: Arns, stackId: string): Statement[] {
  const bucket = arns.bucket(arns.names.stateBucket);
  const key = `${bucket}/${arns.names.stateKey(stackId)}`;
  return [
    allow("s3:ListBucket", bucket, "Terraform looks whether there is a state yet."),
    allow(["s3:GetObject", "s3:PutObject"], key, "The stack's own state; nobody else's."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${key}.tflock`,
      "The lock on that state, which Terraform removes when it is done.",
    ),
  ];
}

/** A bucket's settings, one by one; not its objects. */
export function manageBucket(arns: Arns, name: string): Statement[] {
  return [
    allow(
      [
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:ListBucket",
        "s3:GetBucket*",
        "s3:Get*Configuration",
        "s3:PutBucketNotification",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
      ],
      arns.bucket(name),
      "The bucket's settings, not its objects. The provider reads every setting a bucket has, also those the stack does not use.",
    ),
  ];
}

/** Functions, their versions and their alias. */
export function manageFunctions(functions: string): Statement[] {
  return [
    allow(
      [
        "lambda:CreateFunction",
        "lambda:GetFunction",
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:DeleteFunction",
        "lambda:ListVersionsByFunction",
        "lambda:PublishVersion",
        "lambda:CreateAlias",
        "lambda:GetAlias",
        "lambda:UpdateAlias",
        "lambda:DeleteAlias",
        "lambda:AddPermission",
        "lambda:GetPolicy",
        "lambda:RemovePermission",
        "lambda:ListTags",
        "lambda:TagResource",
      ],
      functions,
      "Functions, their versions and their alias, also of a function that is yet to come.",
    ),
  ];
}

/** HTTP APIs. */
export function manageApis(arns: Arns): Statement[] {
  return [
    allow(
      [
        "apigateway:GET",
        "apigateway:POST",
        "apigateway:PATCH",
        "apigateway:PUT",
        "apigateway:DELETE",
        "apigateway:TagResource",
      ],
      [arns.api("/apis"), arns.api("/apis/*"), arns.api("/tags/*")],
      "HTTP APIs. An API's id is made up by AWS, so its name can't be in the ARN: these rights reach every API of the region.",
    ),
  ];
}

/** Log groups, not what is in them. */
export function manageLogs(arns: Arns, group: string): Statement[] {
  return [
    allow(
      [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:PutRetentionPolicy",
        "logs:ListTagsForResource",
        "logs:TagResource",
      ],
      [arns.logGroup(group), arns.logStreams(group)],
      "Log groups and how long they keep what is in them, not what is in them. AWS writes a group's ARN with and without the ending.",
    ),
    allow(
      "logs:DescribeLogGroups",
      arns.logGroup("*"),
      "The provider finds a group by listing, which CloudWatch Logs checks against all groups.",
    ),
  ];
}

/** Roles, made and changed only with the boundary on them. */
export function manageRoles(arns: Arns, roles: string): Statement[] {
  return [
    allow(
      [
        "iam:GetRole",
        "iam:ListRolePolicies",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
      ],
      roles,
      "Reads the stack's roles, also one that is yet to come.",
    ),
    {
      ...allow(
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"],
        roles,
        "Makes roles, and changes their rights, only with the boundary on them.",
      ),
      Condition: { StringEquals: { "iam:PermissionsBoundary": arns.boundary } },
    },
    allow(
      [
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
        "iam:TagRole",
        "iam:DeleteRole",
      ],
      roles,
      "Who may take the roles, their descriptions and tags, and their removal: IAM knows no boundary here.",
    ),
  ];
}

/** Hands roles to one service and to no other. */
export function passRole(roles: string, service: string): Statement {
  return {
    ...allow("iam:PassRole", roles, "Hands these roles to this service and to no other."),
    Condition: { StringEquals: { "iam:PassedToService": service } },
  };
}

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

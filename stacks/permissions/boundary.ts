import { allow, deny, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/**
 * The most that any role made by a build can ever do, whatever its own policies say: the services
 * the pipeline is about, without the resources a person made for it.
 */
export function boundary(arns: Arns): Statement[] {
  const state = arns.bucket(arns.names.stateBucket);
  return [
    allow(
      [
        "apigateway:*",
        "cloudwatch:*",
        "codebuild:*",
        "codepipeline:*",
        "events:*",
        "iam:*",
        "kms:*",
        "lambda:*",
        "logs:*",
        "s3:*",
        "sns:*",
      ],
      "*",
      "A ceiling, not a grant: each role's own policy names actions and resources.",
    ),
    allow(
      [
        "ssm:GetParameter",
        "ssm:GetParameters",
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
        "sts:GetCallerIdentity",
      ],
      "*",
      "A ceiling too, for reading alone: the settings, the secret, and whose credentials these are.",
    ),
    {
      ...deny(
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"],
        "*",
        "No role may be made or given rights without the boundary.",
      ),
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": arns.boundary } },
    },
    deny(
      [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
      ],
      arns.boundary,
      "The boundary itself is a person's to change.",
    ),
    deny("iam:DeleteRolePermissionsBoundary", "*", "No role may be freed of the boundary."),
    deny(
      ["iam:*User*", "iam:*AccessKey*", "iam:*LoginProfile*", "iam:*Group*", "iam:*Provider*"],
      "*",
      "A user or its key would live on outside the boundary.",
    ),
    deny(
      [
        "s3:DeleteBucket",
        "s3:PutBucket*",
        "s3:DeleteBucketPolicy",
        "s3:PutLifecycleConfiguration",
        "s3:PutEncryptionConfiguration",
      ],
      state,
      "The bucket of the states is a person's; a build writes objects in it, each by its own key.",
    ),
    deny("s3:DeleteObjectVersion", `${state}/*`, "With an old version a person takes a state back."),
  ];
}

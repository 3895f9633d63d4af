import { allow, deny, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/**
 * The most that any role made by a build can ever do, whatever its own policies say: the services
 * the pipeline is about, without the resources a person made for it.
 */
export function boundary(arns: Arns): Statement[] {
  const state = arns.bucket(arns.names.stateBucket);
  return [
    // A ceiling, not a grant: each role's own policy names actions and resources.
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
    ),
    // No role may be made without the boundary, nor freed of it.
    {
      ...deny(
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"],
        "*",
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
    ),
    deny("iam:DeleteRolePermissionsBoundary", "*"),
    // A user or its key would live on outside the boundary.
    deny(["iam:*User*", "iam:*AccessKey*", "iam:*LoginProfile*", "iam:*Group*", "iam:*Provider*"], "*"),
    // State is written by its own key; the bucket itself and old versions are a person's.
    deny(
      [
        "s3:DeleteBucket",
        "s3:PutBucket*",
        "s3:DeleteBucketPolicy",
        "s3:PutLifecycleConfiguration",
        "s3:PutEncryptionConfiguration",
      ],
      state,
    ),
    deny("s3:DeleteObjectVersion", `${state}/*`),
  ];
}

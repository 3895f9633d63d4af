import { allow, type Statement, type TrustStatement } from "../constructs/policy";
import { environments } from "../names";
import type { Arns } from "./arns";

/** GitHub Actions, for pull requests of the one repository: not for its branches, not for forks' own runs. */
export function diffTrust(arns: Arns, owner: string, repository: string): TrustStatement[] {
  return [
    {
      Effect: "Allow",
      Principal: { Federated: arns.githubActions },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": `repo:${owner}/${repository}:pull_request`,
        },
      },
    },
  ];
}

/** What a plan reads, for all stacks. It includes the state, and with it the GitHub token. */
export function diffRights(arns: Arns): Statement[] {
  const { names } = arns;
  const state = arns.bucket(names.stateBucket);
  const buckets = [
    names.stateBucket,
    names.artifactBucket,
    ...environments.map((e) => names.serviceBucket(e)),
  ];
  const stack = names.service("*");
  return [
    allow("s3:GetObject", `${state}/${names.stateKey("*")}`),
    // The many Get calls with which the provider reads a bucket's settings.
    allow(
      ["s3:ListBucket", "s3:GetBucket*", "s3:Get*Configuration"],
      buckets.map((bucket) => arns.bucket(bucket)),
    ),
    allow(
      [
        "apigateway:GET",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListTagsForResource",
        "codepipeline:ListWebhooks",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListAliases",
        "kms:ListResourceTags",
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
        "ssm:DescribeParameters",
      ],
      // These either know no resource, or one whose id AWS makes up.
      "*",
    ),
    allow(["codepipeline:GetPipeline", "codepipeline:ListTagsForResource"], arns.of("codepipeline", "*")),
    allow("codebuild:BatchGetProjects", arns.project("*")),
    allow(
      ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource"],
      arns.of("events", `rule/${stack}`),
    ),
    allow(
      ["sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:GetSubscriptionAttributes"],
      [arns.failureTopic, `${arns.failureTopic}:*`],
    ),
    allow(["lambda:Get*", "lambda:List*"], arns.of("lambda", `function:${stack}`)),
    allow(["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"], arns.parameters),
    allow(
      ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      arns.secret,
    ),
    allow(
      [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:ListPolicyVersions",
        "iam:GetOpenIDConnectProvider",
      ],
      [arns.role(stack), arns.boundary, arns.githubActions],
    ),
  ];
}

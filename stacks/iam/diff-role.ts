import { allow, type Statement, type TrustStatement } from "../constructs/policy";
import type { TokenRepository } from "../constructs/source-repository";
import type { Arns } from "./arns";
import { findAlarms } from "./terraform";
import { readSource } from "./source";
import { readTopicKeys } from "./terraform-pipeline";
import { readApis } from "./terraform-service";

const issuer = "token.actions.githubusercontent.com";

/** The workflow that plans pull requests, and runs none of their code. */
const WORKFLOW = ".github/workflows/plan.yml";

/**
 * One workflow of the pipeline's branch is allowed to assume the role. GitHub runs it when the workflow of a pull request has
 * completed, and always as the default branch has it, so its subject is that branch's and not `pull_request`:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
 * Repositories that were created, renamed or transferred since 15 July 2026 have ids in their subject, older ones
 * only names:
 * https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
 * The repository's id decides for both, because a released name can be registered by another account. STS
 * evaluates that claim and `job_workflow_ref` since January 2026:
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 *
 * @param branch the repository's default branch
 */
export function diffTrust(
  arns: Arns,
  { name, immutableName, id }: TokenRepository,
  branch: string,
): TrustStatement[] {
  const ref = `refs/heads/${branch}`;
  return [
    {
      Effect: "Allow",
      Principal: { Federated: arns.githubActions },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          [`${issuer}:aud`]: "sts.amazonaws.com",
          // Exact strings: a wildcard for the ids would cross slashes and match other repositories.
          [`${issuer}:sub`]: [`repo:${immutableName}:ref:${ref}`, `repo:${name}:ref:${ref}`],
          [`${issuer}:job_workflow_ref`]: `${name}/${WORKFLOW}@${ref}`,
          [`${issuer}:repository_id`]: id,
        },
      },
      why: "For one workflow of the pipeline's branch: not for jobs that run a pull request's code.",
    },
  ];
}

/** What a plan reads, for all stacks. It includes the state, and with it the GitHub token. */
export function diffPermissions(arns: Arns): Statement[] {
  const { names } = arns;
  const state = arns.bucket(names.stateBucket);
  const buckets = [
    names.stateBucket,
    names.artifactBucket,
    ...names.environments.filter((e) => !names.hasExistingBucket(e)).map((e) => names.serviceBucket(e)),
  ];
  const stack = names.service("*");
  return [
    allow(
      "s3:GetObject",
      `${state}/${names.stateKey("*")}`,
      arns.connection === undefined
        ? "A plan compares the state of every stack; with it the role reads the GitHub token."
        : "A plan compares the state of every stack.",
    ),
    allow(
      "s3:GetObject",
      `${state}/${names.pipelineDefinition}`,
      "Compares the pipeline's definition with the deployed one.",
    ),
    allow(
      ["s3:ListBucket", "s3:GetBucket*", "s3:Get*Configuration"],
      buckets.map((bucket) => arns.bucket(bucket)),
      "The many actions with which the provider reads a bucket's settings.",
    ),
    allow(
      [
        "kms:ListAliases",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "sns:GetSubscriptionAttributes",
        "ssm:DescribeParameters",
      ],
      "*",
      "Most of these have no resource-level permissions; AWS does not say what it checks for webhooks and subscriptions.",
    ),
    findAlarms(arns),
    allow("cloudwatch:ListTagsForResource", arns.of("cloudwatch", `alarm:${stack}`), "Reads the alarms."),
    allow("logs:ListTagsForResource", arns.logGroup(`/aws/*/${stack}`), "Reads the log groups."),
    readTopicKeys(arns, [names.failureKeyAlias, names.approvalKeyAlias]),
    readApis(arns),
    allow("codepipeline:GetPipeline", arns.pipeline, "Reads the pipeline."),
    ...readSource(arns),
    allow("codebuild:BatchGetProjects", arns.project("*"), "Reads the project of every step."),
    allow(
      ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource"],
      [arns.of("events", `rule/${stack}`), arns.iamChangeRule],
      "Reads the rules on failed executions, on changes and approvals, and on the documents in existing buckets.",
    ),
    allow(
      ["sqs:GetQueueAttributes", "sqs:ListQueueTags"],
      arns.deadLetterQueue("*"),
      "Reads the queues of events that could not be processed.",
    ),
    allow(
      ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
      [arns.failureTopic, arns.approvalTopic],
      "Reads the topics of failures and approvals.",
    ),
    allow(
      ["lambda:Get*", "lambda:List*"],
      arns.of("lambda", `function:${stack}`),
      "The many actions with which the provider reads the functions of every environment.",
    ),
    allow(
      ["ssm:GetParameter", "ssm:ListTagsForResource"],
      arns.parameters,
      "Reads every setting: each is a resource of the state stack.",
    ),
    allow(
      ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      arns.secret,
      "Reads the secret's settings; AWS appends six characters to its name.",
    ),
    allow(
      [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetOpenIDConnectProvider",
      ],
      [arns.role(stack), ...arns.managedPolicies, arns.githubActions],
      "Reads the roles of every stack, the boundaries and the identity provider.",
    ),
  ];
}

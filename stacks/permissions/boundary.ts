import { allow, deny, type Statement } from "../constructs/policy";
import { viaService, type Arns } from "./arns";
import { deliverAccessLog, manageApis } from "./terraform-service";

/**
 * The most that the pipeline's and the steps' roles can ever do, whatever their own policies say: the
 * services the pipeline is about, without the resources a person made for it.
 */
export function boundary(arns: Arns): Statement[] {
  const state = arns.bucket(arns.names.stateBucket);
  const boundaries = [arns.boundary, arns.functionBoundary];
  return [
    ...(arns.names.isOfBranch ? branchCeiling(arns) : ceiling()),
    {
      ...deny(
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"],
        "*",
        "No role may be made or given rights without a boundary.",
      ),
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": boundaries } },
    },
    deny(
      [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
      ],
      boundaries,
      "The boundaries themselves are a person's to change.",
    ),
    deny("iam:DeleteRolePermissionsBoundary", "*", "No role may be freed of its boundary."),
    deny(
      ["iam:*User*", "iam:*AccessKey*", "iam:*LoginProfile*", "iam:*Group*", "iam:*Provider*"],
      "*",
      "A user or its key would live on outside of any boundary.",
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

function ceiling(): Statement[] {
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
        "sqs:*",
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
  ];
}

/**
 * That of a branch's pipeline ends at its own names. Who may push to the branch decides by SelfUpdate what its
 * roles may do, and must not reach production by that: it is for those who may push to the main branch.
 */
function branchCeiling(arns: Arns): Statement[] {
  const { names } = arns;
  const all = names.service("*");
  const state = arns.bucket(names.stateBucket);
  const states = `${state}/${names.stateKey("*")}`;
  const buckets = [names.artifactBucket, ...names.environments.map((one) => names.serviceBucket(one))];
  return [
    allow(
      [
        "codebuild:*",
        "codepipeline:*",
        "cloudwatch:*",
        "events:*",
        "iam:*",
        "lambda:*",
        "logs:*",
        "s3:*",
        "sqs:*",
      ],
      [
        arns.of("codebuild", `project/${all}`),
        arns.of("codepipeline", all),
        arns.of("codepipeline", `webhook:${all}`),
        arns.of("cloudwatch", `alarm:${all}`),
        arns.of("events", `rule/${all}`),
        arns.role(all),
        arns.of("lambda", `function:${all}`),
        arns.logGroup(`/aws/codebuild/${all}`),
        arns.logGroup(`/aws/lambda/${all}`),
        arns.logGroup(`/aws/apigateway/${all}`),
        arns.of("sqs", all),
        ...buckets.flatMap((name) => [arns.bucket(name), `${arns.bucket(name)}/*`]),
      ],
      "A ceiling, not a grant: what bears the name of the branch's stacks.",
    ),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      [states, `${states}.tflock`],
      "The states of the branch's stacks, and their locks.",
    ),
    allow("s3:ListBucket", state, "Terraform looks whether there is a state yet."),
    ...names.environments.flatMap((environment) => manageApis(arns, environment)),
    deliverAccessLog(),
    allow(
      ["cloudwatch:DescribeAlarms", "codepipeline:ListWebhooks", "logs:DescribeLogGroups"],
      "*",
      "These know no resource, or check against all of them.",
    ),
    allow("sns:Publish", arns.failureTopic, "The rule on failed executions notifies the pipeline's topic."),
    {
      ...allow(
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
        "*",
        "A ceiling too: SNS uses the topic's key, and CodePipeline encrypts artifacts with the key that AWS manages for S3.",
      ),
      Condition: viaService(arns, "s3", "sns"),
    },
    allow("ssm:GetParameters", arns.parameters, "The settings of the branch."),
    allow("secretsmanager:GetSecretValue", arns.secret, "The source and the webhook need the GitHub token."),
  ];
}

/**
 * The most that a function's role can ever do. The steps that deploy the service can make no other role,
 * so they gain nothing by making one: it reaches neither the state nor the secret. A function that needs
 * more gets it here, and then `npm run bootstrap`.
 */
export function functionBoundary(arns: Arns): Statement[] {
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
      arns.logStreams(`/aws/lambda/${arns.names.service("*")}-*`),
      "The logs of the service's functions, also of one that is yet to come.",
    ),
    allow(
      "sqs:SendMessage",
      arns.failedEvents("*"),
      "The queues for events that could not be processed, of all environments.",
    ),
    allow(
      ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      "*",
      "X-Ray, which knows no resource for traces.",
    ),
  ];
}

import type { Decision } from "../../../rehearsal/src/ministack/emulator";
import { covers } from "../../../tasks/permissions/glob";
import type { Statement } from "../../../tasks/permissions/policy";

/** Returns the actions of each statement that no decision has used. */
export function unusedActions(permissions: readonly Statement[], decisions: readonly Decision[]): string[] {
  const isUsed = (pattern: string, resources: readonly string[]) =>
    decisions.some(
      ({ action, resource }) =>
        // Actions are case-insensitive, resources are not.
        covers(pattern.toLowerCase(), action.toLowerCase()) && resources.some((one) => covers(one, resource)),
    );
  return permissions
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action = [], Resource = [] }) => Action.filter((action) => !isUsed(action, Resource)));
}

/** Permissions that AWS needs and a rehearsal does not use, with the reason. */
const exceptions: readonly (readonly [roles: RegExp, action: string, why: string])[] = [
  // CheckDrift and the function of commit statuses have no artifact.
  [
    /^pipeline(-(?!CheckDrift|commit-statuses)|$)/,
    "s3:GetObjectVersion",
    "CodeBuild and CodePipeline read a version of an artifact",
  ],
  [
    /-(PlanOnProd|DeployOn\w+|CheckDrift)$/,
    "lambda:ListTags",
    "Lambda requires it for GetFunction when a function has tags",
  ],
  [/-SelfUpdate$/, "logs:CreateLogGroup", "the log of a new step; here it exists and is imported"],
  [/-SelfUpdate$/, "logs:PutRetentionPolicy", "the same"],
  [/-SelfUpdate$/, "logs:CreateLogGroup", "the log of the function of commit statuses; bootstrap creates it"],
  [/-SelfUpdate$/, "logs:PutRetentionPolicy", "the same"],
  [/-SelfUpdate$/, "lambda:CreateFunction", "that function, if it was removed by hand"],
  [/-SelfUpdate$/, "lambda:AddPermission", "the same"],
  [/-SelfUpdate$/, "iam:PassRole", "the same: its role"],
  [/-SelfUpdate$/, "lambda:RemovePermission", "a permission that a commit replaces"],
  [/-SelfUpdate$/, "events:RemoveTargets", "the rule that pipeline_drift_schedule=off removes"],
  [/-SelfUpdate$/, "events:DeleteRule", "the same"],
  [/-CheckDrift$/, "sns:Publish", "drift-is-found-on-schedule.test.ts: what was changed by hand"],
  [/-CheckDrift$/, "kms:Decrypt", "the same"],
  [/-CheckDrift$/, "kms:GenerateDataKey*", "the same"],
  [
    /-SelfUpdate$/,
    "codepipeline:PutWebhook",
    "the-pipeline-updates-itself.test.ts: a webhook that was removed by hand",
  ],
  [
    /-SelfUpdate$/,
    "codepipeline:TagResource",
    "the-pipeline-updates-itself.test.ts: a tag that a commit adds",
  ],
  [/-SelfUpdate$/, "codepipeline:UntagResource", "a tag that a commit removes"],
  [/-SelfUpdate$/, "sns:Subscribe", "every-failure-reaches-a-subscriber.test.ts: a deleted subscription"],
  [
    /-(DeployOn\w+|SelfUpdate)$/,
    "s3:PutObject",
    "a-broken-deployment-is-repaired.test.ts: a state that could not be written",
  ],
  [
    /-DeployOnProd$/,
    "lambda:UpdateAlias",
    "production-changes-without-a-failed-request.test.ts: an alias with shifted traffic after a stopped rollout",
  ],
  [
    /-VerifyProd$/,
    "lambda:UpdateAlias",
    "production-changes-without-a-failed-request.test.ts: a release that is rolled back",
  ],
  [/-VerifyProd$/, "codepipeline:GetPipelineState", "the same"],
  [
    /-DeployOn\w+$/,
    "iam:PutRolePermissionsBoundary",
    "an-earlier-pipeline-moves-over.test.ts: roles from before each environment had a boundary",
  ],
  [/-DeployOn\w+$/, "logs:CreateLogDelivery", "API Gateway sets up the access log with it"],
  [/-DeployOn\w+$/, "logs:GetLogDelivery", "the same"],
  [/-DeployOn\w+$/, "logs:UpdateLogDelivery", "the same"],
  [/-DeployOn\w+$/, "logs:DeleteLogDelivery", "the same"],
  [/-DeployOn\w+$/, "logs:ListLogDeliveries", "the same"],
  [/-DeployOn\w+$/, "logs:DescribeResourcePolicies", "the same"],
  [
    /-DeployOn\w+$/,
    "lambda:PutFunctionConcurrency",
    "all-steps-can-share-a-role.test.ts: service_concurrency",
  ],
  [/-DeployOn\w+$/, "lambda:DeleteFunctionConcurrency", "service_concurrency that is removed"],
  [/-DeployOn\w+$/, "sqs:SetQueueAttributes", "a queue that a commit changes"],
  [/-record-object$/, "sqs:SendMessage", "Lambda sends a failed event with it, here the emulator does"],
  [/^(dev|prod)-/, "xray:PutTraceSegments", "Lambda sends traces with it, the emulator does not"],
  [/^(dev|prod)-/, "xray:PutTelemetryRecords", "the same"],
  [/^pipeline$/, "s3:GetBucketVersioning", "CodePipeline requires it before it uses the bucket"],
  [/^pipeline$/, "s3:GetBucketLocation", "CodePipeline requires it before it uses the bucket"],
  [
    /^pipeline$/,
    "s3:GetObject",
    "CodePipeline reads artifacts with it; here each build does, with its own role",
  ],
  [/^pipeline$/, "codebuild:StopBuild", "CodePipeline stops the build of a stopped execution"],
  [/-record-object$/, "s3:ListBucket", "S3 requires it when there is no metadata yet"],
  [
    /^(dev|prod)-|-commit-statuses$/,
    "logs:CreateLogStream",
    "Lambda writes the log with it, here the emulator does",
  ],
  [/^(dev|prod)-|-commit-statuses$/, "logs:PutLogEvents", "the same"],
];

/** Returns the actions that a role does not use here, once per statement. */
export function unusedHere(role: string): string[] {
  return exceptions.filter(([roles]) => roles.test(role)).map(([, action]) => action);
}

import type { Decision } from "../../../rehearsal/src/ministack/emulator";
import { covers } from "../../../tasks/permissions/glob";
import type { Statement } from "../../../tasks/permissions/policy";

/** The actions of each statement by which none of the decisions was taken. */
export function unusedActions(permissions: readonly Statement[], decisions: readonly Decision[]): string[] {
  const isUsed = (pattern: string, resources: readonly string[]) =>
    decisions.some(
      ({ action, resource }) =>
        // Actions are the same in small letters, resources are not.
        covers(pattern.toLowerCase(), action.toLowerCase()) && resources.some((one) => covers(one, resource)),
    );
  return permissions
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action = [], Resource = [] }) => Action.filter((action) => !isUsed(action, Resource)));
}

/** Permissions that a rehearsal uses less than AWS does: whose they are, which, and what for. */
const exceptions: readonly (readonly [roles: RegExp, action: string, why: string])[] = [
  [/^pipeline(-|$)/, "s3:GetObjectVersion", "CodeBuild and CodePipeline ask for the version of an artifact"],
  [/-(PlanOnProd|DeployOn\w+)$/, "lambda:ListTags", "Lambda asks for it where GetFunction answers with tags"],
  [
    /-SelfUpdate$/,
    "logs:CreateLogGroup",
    "the log of a step that is new: here each was kept and is imported",
  ],
  [/-SelfUpdate$/, "logs:PutRetentionPolicy", "the same"],
  [
    /-SelfUpdate$/,
    "codepipeline:PutWebhook",
    "the-pipeline-updates-itself.test.ts: one that was removed by hand",
  ],
  [
    /-SelfUpdate$/,
    "codepipeline:TagResource",
    "the-pipeline-updates-itself.test.ts: a tag that a commit adds",
  ],
  [/-SelfUpdate$/, "codepipeline:UntagResource", "a tag that a commit takes away"],
  [
    /-SelfUpdate$/,
    "sns:Subscribe",
    "every-failure-reaches-a-subscriber.test.ts: a subscription that is gone",
  ],
  [
    /-(DeployOn\w+|SelfUpdate)$/,
    "s3:PutObject",
    "a-broken-deployment-is-repaired.test.ts: a state that could not be written",
  ],
  [
    /-DeployOnProd$/,
    "lambda:UpdateAlias",
    "production-changes-without-a-failed-request.test.ts: an alias that a broken-off rollout has left divided",
  ],
  [/-DeployOnProd$/, "codepipeline:GetPipelineState", "the same"],
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
  [/-DeployOn\w+$/, "lambda:DeleteFunctionConcurrency", "service_concurrency that is taken back"],
  [/-DeployOn\w+$/, "sqs:SetQueueAttributes", "a queue that a commit changes"],
  [/-record-object$/, "sqs:SendMessage", "Lambda hands on a failed event with it, here the emulator"],
  [/^(dev|prod)-/, "xray:PutTraceSegments", "Lambda sends traces with it, here noRole does"],
  [/^(dev|prod)-/, "xray:PutTelemetryRecords", "the same"],
  [/^pipeline$/, "s3:GetBucketVersioning", "CodePipeline asks for it before it uses the bucket"],
  [/^pipeline$/, "s3:GetBucketLocation", "CodePipeline asks for it before it uses the bucket"],
  [/^pipeline$/, "s3:GetObject", "CodePipeline reads artifacts with it, here each build with its own role"],
  [/^pipeline$/, "codebuild:StopBuild", "CodePipeline ends the build of an execution that is stopped"],
  [/-record-object$/, "s3:ListBucket", "S3 asks for it where there is no metadata yet"],
  [/^(dev|prod)-/, "logs:CreateLogStream", "Lambda writes the log with it, here the emulator"],
  [/^(dev|prod)-/, "logs:PutLogEvents", "Lambda writes the log with it, here the emulator"],
];

/** What a role does not use here, as often as the action is in its statements. */
export function unusedHere(role: string): string[] {
  return exceptions.filter(([roles]) => roles.test(role)).map(([, action]) => action);
}

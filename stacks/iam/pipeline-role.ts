import { allow, deny, trust, type Statement, type TrustStatement } from "../constructs/policy";
import { functionNames } from "../functions";
import { releasedEnvironment } from "../names";
import type { StepName } from "../pipeline/stages";
import type { Arns } from "./arns";
import { useSource } from "./source";
import { publishTo } from "./failure-topic";
import { findAlarms } from "./terraform";

/** CodePipeline is allowed to assume the pipeline's role. */
export const pipelineTrust: readonly TrustStatement[] = [
  trust(
    "codepipeline.amazonaws.com",
    "Without a condition: CodePipeline's documentation promises neither account nor pipeline when it assumes a role.",
  ),
];

/**
 * The pipeline moves artifacts and traffic, starts builds, and asks for approvals; what a build does is its own role's
 * permission.
 *
 * @param notifies whether the approval topic exists
 */
export function pipelinePermissions(arns: Arns, steps: readonly StepName[], notifies: boolean): Statement[] {
  const bucket = arns.bucket(arns.names.artifactBucket);
  return [
    allow(
      ["s3:GetBucketVersioning", "s3:GetBucketLocation"],
      bucket,
      "CodePipeline asks where the bucket is and whether it is versioned.",
    ),
    allow(
      ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
      `${bucket}/*`,
      "Which objects a run will use is not known beforehand: CodePipeline generates their names.",
    ),
    deny(
      "s3:*",
      arns.erroredStates("*"),
      "States that a build could not write are for the operator, and no artifacts.",
    ),
    allow(
      ["codebuild:StartBuild", "codebuild:BatchGetBuilds", "codebuild:StopBuild"],
      steps.map((step) => arns.project(step)),
      "Starts a build of each step, follows it, and stops it when the run is stopped.",
    ),
    ...(notifies ? notifyOfApprovals(arns) : []),
    ...useSource(arns),
    ...(arns.names.isBranchPipeline ? [] : moveTraffic(arns)),
  ];
}

function notifyOfApprovals(arns: Arns): Statement[] {
  return publishTo(
    arns,
    arns.approvalTopic,
    "CodePipeline notifies of an approval with the pipeline's role: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-service-role-permissions.html",
  );
}

function moveTraffic(arns: Arns): Statement[] {
  const released = functionNames.map((name) =>
    arns.of("lambda", `function:${arns.names.function(releasedEnvironment, name)}`),
  );
  return [
    allow(
      [
        "lambda:GetAlias",
        "lambda:GetFunctionConfiguration",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:UpdateAlias",
      ],
      released.flatMap((name) => [name, `${name}:*`]),
      "Moves production's traffic to a new version of a function, and back. CodePipeline's documentation names the function with and without a qualifier.",
    ),
    findAlarms(arns),
    allow(
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      [arns.logGroup(arns.names.releaseLogGroup), arns.logStreams(arns.names.releaseLogGroup)],
      "CodePipeline logs a release with the pipeline's role: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html",
    ),
  ];
}

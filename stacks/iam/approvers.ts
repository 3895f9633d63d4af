import { allow, type Statement } from "../constructs/policy";
import { stages } from "../pipeline/stages";
import type { Arns } from "./arns";

/**
 * The permissions to approve: find the waiting execution, read what it would do, and answer. No role of the pipeline
 * is allowed to approve; the account's administrator attaches this to the reviewers.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-iam-permissions.html
 */
export function approverPermissions(arns: Arns): Statement[] {
  const { pipeline } = arns;
  return [
    allow(
      [
        "codepipeline:GetPipeline",
        "codepipeline:GetPipelineState",
        "codepipeline:GetPipelineExecution",
      ].concat(["codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions"]),
      pipeline,
      "Finds the waiting execution, and what it would do.",
    ),
    allow("codepipeline:ListPipelines", "*", "The console lists all pipelines."),
    allow(
      "codepipeline:PutApprovalResult",
      approvals().map((one) => `${pipeline}/${one}`),
      "Approves or rejects.",
    ),
    allow(
      "codepipeline:OverrideStageCondition",
      `${pipeline}/DeployOnProd`,
      "Deploys production outside of its deployment window.",
    ),
    allow("codebuild:BatchGetBuilds", arns.project("*"), "Finds the log of a build."),
    allow(
      "logs:GetLogEvents",
      arns.logStreams(arns.names.buildLogGroup("*")),
      "Reads the full plan, which is in the log of PlanOnProd.",
    ),
  ];
}

/** Every approval that a pipeline can have, as `stage/action`: the settings decide which it has. */
function approvals(): string[] {
  const orders = [false, true].map((selfUpdateFirst) => stages({ manualApproval: true, selfUpdateFirst }));
  const all = orders
    .flat()
    .flatMap(({ name, actions }) =>
      actions.filter(({ kind }) => kind === "approval").map((action) => `${name}/${action.name}`),
    );
  return [...new Set(all)];
}

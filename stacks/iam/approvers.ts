import { allow, type Statement } from "../constructs/policy";
import { stages } from "../pipeline/stages";
import type { Arns } from "./arns";

/**
 * What approving takes: to find the execution that waits, to read what it would do, and to answer. No role of the
 * pipeline is allowed to approve; the account's administrator attaches this to the people who are.
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
      "Finds the execution that waits, and what it says.",
    ),
    allow("codepipeline:ListPipelines", "*", "The console lists all pipelines."),
    allow(
      "codepipeline:PutApprovalResult",
      approvals().map((one) => `${pipeline}/${one}`),
      "Approves or rejects.",
    ),
    allow("codebuild:BatchGetBuilds", arns.project("*"), "Finds the log of a build."),
    allow(
      "logs:GetLogEvents",
      arns.logStreams(arns.names.buildLogGroup("*")),
      "Reads the full plan, which is in the log of PlanOnProd.",
    ),
  ];
}

/** Each approval that a pipeline can have, as `stage/action`: which it has is a matter of settings. */
function approvals(): string[] {
  const orders = [false, true].map((selfUpdateFirst) => stages({ manualApproval: true, selfUpdateFirst }));
  const all = orders
    .flat()
    .flatMap(({ name, actions }) =>
      actions.filter(({ kind }) => kind === "approval").map((action) => `${name}/${action.name}`),
    );
  return [...new Set(all)];
}

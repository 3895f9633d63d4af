import type { PutApprovalResultInput, PutApprovalResultOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({
  pipelineName: name,
  stageName: name,
  actionName: name,
  result: z.object({ summary: z.string().max(512), status: z.enum(["Approved", "Rejected"]) }),
  token: z.string().min(1),
});

export const putApprovalResult =
  (codepipeline: CodePipeline) =>
  (input: PutApprovalResultInput, caller: string): PutApprovalResultOutput => {
    const { pipelineName, stageName, actionName, result, token } = checkInput(schema, input);
    const { stage } = codepipeline.getStage(pipelineName, stageName);
    const action = stage.declaration.actions!.find(({ name }) => name === actionName);
    if (action?.actionTypeId?.category !== "Approval") {
      throw new AwsError(
        "ActionNotFoundException",
        `Stage '${stageName}' has no approval action '${actionName}'`,
      );
    }
    const run = stage.actions.get(actionName);
    if (run && run.status !== "InProgress") {
      throw new AwsError(
        "ApprovalAlreadyCompletedException",
        `The approval '${actionName}' already has a decision`,
      );
    }
    if (!run || run.token !== token) {
      throw new AwsError(
        "InvalidApprovalTokenException",
        `The token is not that of the pending approval '${actionName}'`,
      );
    }
    if (!codepipeline.approvals.decide(token, result)) {
      throw new AwsError(
        "ApprovalAlreadyCompletedException",
        `The approval '${actionName}' already has a decision`,
      );
    }
    run.updatedBy = caller;
    return { approvedAt: new Date() };
  };

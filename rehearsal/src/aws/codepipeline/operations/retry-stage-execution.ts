import type { RetryStageExecutionInput, RetryStageExecutionOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({
  pipelineName: name,
  stageName: name,
  pipelineExecutionId: z.string().min(1),
  retryMode: z.enum(["FAILED_ACTIONS", "ALL_ACTIONS"]),
});

export const retryStageExecution =
  (codepipeline: CodePipeline) =>
  (input: RetryStageExecutionInput): RetryStageExecutionOutput => {
    const { pipelineName, stageName, pipelineExecutionId, retryMode } = checkInput(schema, input);
    const { stage } = codepipeline.getStage(pipelineName, stageName);
    const pipeline = codepipeline.get(pipelineName);
    const execution = pipeline.execution(pipelineExecutionId);
    // The operation declares no PipelineExecutionNotFoundException.
    if (!execution || stage.latest?.execution !== execution || stage.current) {
      const message = `The execution '${pipelineExecutionId}' is not the latest one in stage '${stageName}'`;
      throw new AwsError("NotLatestPipelineExecutionException", message);
    }
    if (execution.status !== "Failed" || stage.latest.status !== "Failed") {
      throw new AwsError(
        "StageNotRetryableException",
        `Stage '${stageName}' has not failed in '${execution.id}'`,
      );
    }
    if (execution.declaration.version !== pipeline.version) {
      throw new AwsError("StageNotRetryableException", "The pipeline's structure has been updated meanwhile");
    }
    codepipeline.engine.retry(pipeline, execution, stage, retryMode === "FAILED_ACTIONS");
    return { pipelineExecutionId };
  };

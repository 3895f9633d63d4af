import type { StopPipelineExecutionInput, StopPipelineExecutionOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({
  pipelineName: name,
  pipelineExecutionId: z.string().min(1),
  abandon: z.boolean().default(false),
  reason: z.string().max(200).default(""),
});

export const stopPipelineExecution =
  (codepipeline: CodePipeline) =>
  (input: StopPipelineExecutionInput): StopPipelineExecutionOutput => {
    const { pipelineName, pipelineExecutionId, abandon, reason } = checkInput(schema, input);
    const pipeline = codepipeline.get(pipelineName);
    const execution = pipeline.execution(pipelineExecutionId);
    // The operation declares no PipelineExecutionNotFoundException.
    if (!execution?.isActive) {
      const message = `The execution '${pipelineExecutionId}' is ${execution?.status ?? "missing"}`;
      throw new AwsError("PipelineExecutionNotStoppableException", message);
    }
    if (execution.isStopping && !abandon) {
      throw new AwsError(
        "DuplicatedStopRequestException",
        `The execution '${execution.id}' is already stopping`,
      );
    }
    codepipeline.engine.stop(pipeline, execution, abandon, reason);
    return { pipelineExecutionId };
  };

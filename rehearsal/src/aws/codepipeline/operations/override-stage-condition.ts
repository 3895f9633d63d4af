import type { OverrideStageConditionInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({
  pipelineName: name,
  stageName: name,
  pipelineExecutionId: z.string().min(1),
  conditionType: z.enum(["BEFORE_ENTRY", "ON_SUCCESS"]),
});

/**
 * Lets an execution enter a stage whose entry condition has failed it. A condition with the result SKIP cannot be
 * overridden: https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html
 */
export const overrideStageCondition =
  (codepipeline: CodePipeline) =>
  (input: OverrideStageConditionInput): object => {
    const { pipelineName, stageName, pipelineExecutionId, conditionType } = checkInput(schema, input);
    const { pipeline, stage } = codepipeline.getStage(pipelineName, stageName);
    const execution = pipeline.execution(pipelineExecutionId);
    // The operation declares no PipelineExecutionNotFoundException.
    if (!execution || stage.latest?.execution !== execution || stage.current) {
      const message = `The execution '${pipelineExecutionId}' is not the latest one in stage '${stageName}'`;
      throw new AwsError("NotLatestPipelineExecutionException", message);
    }
    const isFailed =
      conditionType === "BEFORE_ENTRY" && execution.status === "Failed" && stage.entry?.status === "Failed";
    if (!isFailed || execution.declaration.version !== pipeline.version) {
      const message = `Stage '${stageName}' has no condition of that type that has failed in '${execution.id}'`;
      throw new AwsError("ConditionNotOverridableException", message);
    }
    codepipeline.engine.overrideEntry(pipeline, execution, stage);
    return {};
  };

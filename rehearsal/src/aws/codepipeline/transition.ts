import { z } from "zod";
import { AwsError } from "../aws-error";
import { name } from "./check-input";
import type { CodePipeline } from "./codepipeline";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";

/** The members that identify a transition in the input of an operation. */
export const transition = z.object({
  pipelineName: name,
  stageName: name,
  transitionType: z.enum(["Inbound", "Outbound"]),
});

/**
 * Returns the stage that an inbound transition leads into.
 * @throws ValidationException for an outbound transition; StageNotFoundException, PipelineNotFoundException
 */
export function stageInto(
  codepipeline: CodePipeline,
  { pipelineName, stageName, transitionType }: z.infer<typeof transition>,
): { pipeline: Pipeline; stage: Stage } {
  if (transitionType === "Outbound") {
    throw new AwsError("ValidationException", "Outbound transitions are not emulated by the rehearsal");
  }
  return codepipeline.getStage(pipelineName, stageName);
}

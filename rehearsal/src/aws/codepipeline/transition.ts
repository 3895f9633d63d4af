import { z } from "zod";
import { AwsError } from "../aws-error";
import { name } from "./check-input";
import type { CodePipeline } from "./codepipeline";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";

/** What names a transition in the input of an operation. */
export const transition = z.object({
  pipelineName: name,
  stageName: name,
  transitionType: z.enum(["Inbound", "Outbound"]),
});

/**
 * The stage that a transition leads into.
 * @throws ValidationException for one that leads out of a stage; StageNotFoundException, PipelineNotFoundException
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

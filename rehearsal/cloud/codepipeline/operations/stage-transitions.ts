import type { DisableStageTransitionInput, EnableStageTransitionInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const transition = z.object({
  pipelineName: name,
  stageName: name,
  transitionType: z.enum(["Inbound", "Outbound"]),
});
const disabling = transition.extend({ reason: z.string().min(1).max(300) });

export const disableStageTransition =
  (codepipeline: CodePipeline) =>
  (input: DisableStageTransitionInput, caller: string): object => {
    const { reason, ...where } = checkInput(disabling, input);
    setTransition(codepipeline, where, false, caller, reason);
    return {};
  };

export const enableStageTransition =
  (codepipeline: CodePipeline) =>
  (input: EnableStageTransitionInput, caller: string): object => {
    setTransition(codepipeline, checkInput(transition, input), true, caller);
    return {};
  };

function setTransition(
  codepipeline: CodePipeline,
  { pipelineName, stageName, transitionType }: z.infer<typeof transition>,
  enabled: boolean,
  caller: string,
  reason?: string,
): void {
  if (transitionType === "Outbound") {
    throw new AwsError("ValidationException", "Outbound transitions are not emulated by the rehearsal");
  }
  const { pipeline, stage } = codepipeline.getStage(pipelineName, stageName);
  codepipeline.engine.setTransition(pipeline, stage, enabled, caller, reason);
}

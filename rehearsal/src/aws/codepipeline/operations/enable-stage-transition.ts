import type { EnableStageTransitionInput } from "@aws-sdk/client-codepipeline";
import { checkInput } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import { stageInto, transition } from "../transition";

export const enableStageTransition =
  (codepipeline: CodePipeline) =>
  (input: EnableStageTransitionInput, caller: string): object => {
    const { pipeline, stage } = stageInto(codepipeline, checkInput(transition, input));
    codepipeline.engine.setTransition(pipeline, stage, true, caller);
    return {};
  };

import type { DisableStageTransitionInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import { stageInto, transition } from "../transition";

const schema = transition.extend({ reason: z.string().min(1).max(300) });

export const disableStageTransition =
  (codepipeline: CodePipeline) =>
  (input: DisableStageTransitionInput, caller: string): object => {
    const { reason, ...where } = checkInput(schema, input);
    const { pipeline, stage } = stageInto(codepipeline, where);
    codepipeline.engine.setTransition(pipeline, stage, false, caller, reason);
    return {};
  };

import type { DeletePipelineInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ name });

/** Deletes a pipeline. As in AWS, it succeeds if the pipeline does not exist. */
export const deletePipeline =
  (codepipeline: CodePipeline) =>
  (input: DeletePipelineInput): object => {
    codepipeline.delete(checkInput(schema, input).name);
    return {};
  };

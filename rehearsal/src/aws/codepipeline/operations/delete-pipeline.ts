import type { DeletePipelineInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ name });

/** Deleting what is not there succeeds, as on AWS. */
export const deletePipeline =
  (codepipeline: CodePipeline) =>
  (input: DeletePipelineInput): object => {
    codepipeline.delete(checkInput(schema, input).name);
    return {};
  };

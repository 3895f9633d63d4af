import type { UpdatePipelineInput, UpdatePipelineOutput } from "@aws-sdk/client-codepipeline";
import type { CodePipeline } from "../codepipeline";
import { maskedDeclaration, readDeclaration } from "../declaration";

export const updatePipeline =
  (codepipeline: CodePipeline) =>
  (input: UpdatePipelineInput): UpdatePipelineOutput => {
    const pipeline = codepipeline.update(readDeclaration(input));
    return { pipeline: maskedDeclaration(pipeline.declaration) };
  };

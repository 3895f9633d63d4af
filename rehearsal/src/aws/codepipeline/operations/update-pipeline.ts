import type { UpdatePipelineInput, UpdatePipelineOutput } from "@aws-sdk/client-codepipeline";
import { AwsError } from "../../aws-error";
import type { CodePipeline } from "../codepipeline";
import { maskedDeclaration, readDeclaration } from "../declaration";

export const updatePipeline =
  (codepipeline: CodePipeline) =>
  (input: UpdatePipelineInput): UpdatePipelineOutput => {
    const declaration = readDeclaration(input);
    // The operation declares no PipelineNotFoundException.
    if (!codepipeline.find(declaration.name!)) {
      throw new AwsError("InvalidStructureException", `There is no pipeline '${declaration.name}' to update`);
    }
    const pipeline = codepipeline.update(declaration);
    return { pipeline: maskedDeclaration(pipeline.declaration) };
  };

import type { CreatePipelineInput, CreatePipelineOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, tags } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import { maskedDeclaration, readDeclaration } from "../declaration";

const schema = z.object({ tags: tags.optional() });

export const createPipeline =
  (codepipeline: CodePipeline) =>
  (input: CreatePipelineInput, caller: string): CreatePipelineOutput => {
    const declaration = readDeclaration(input);
    const { tags = [] } = checkInput(schema, input);
    const pipeline = codepipeline.create(declaration, tags, caller);
    return { pipeline: maskedDeclaration(pipeline.declaration), tags };
  };

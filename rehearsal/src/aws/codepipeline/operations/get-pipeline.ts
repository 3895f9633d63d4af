import type { GetPipelineInput, GetPipelineOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import { maskedDeclaration } from "../declaration";

const schema = z.object({ name, version: z.number().int().min(1).optional() });

export const getPipeline =
  (codepipeline: CodePipeline) =>
  (input: GetPipelineInput): GetPipelineOutput => {
    const { name, version } = checkInput(schema, input);
    const pipeline = codepipeline.get(name);
    // Earlier versions are not kept.
    if (version !== undefined && version !== pipeline.version) {
      const message = `The rehearsal has version ${pipeline.version} of '${name}', not ${version}`;
      throw new AwsError("PipelineVersionNotFoundException", message);
    }
    const { arn, created, updated, declaration } = pipeline;
    return { pipeline: maskedDeclaration(declaration), metadata: { pipelineArn: arn, created, updated } };
  };

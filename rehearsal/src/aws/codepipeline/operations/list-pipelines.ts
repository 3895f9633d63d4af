import type { ListPipelinesInput, ListPipelinesOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, page, pageOf } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object(page);

export const listPipelines =
  (codepipeline: CodePipeline) =>
  (input: ListPipelinesInput): ListPipelinesOutput => {
    const { items, nextToken } = pageOf(codepipeline.all(), ({ name }) => name, checkInput(schema, input));
    const pipelines = items.map(({ name, version, created, updated, declaration }) => {
      const { pipelineType, executionMode } = declaration;
      return { name, version, created, updated, pipelineType, executionMode };
    });
    return { pipelines, nextToken };
  };

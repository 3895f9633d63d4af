import type { GetPipelineExecutionInput, GetPipelineExecutionOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ pipelineName: name, pipelineExecutionId: z.string().min(1) });

export const getPipelineExecution =
  (codepipeline: CodePipeline) =>
  (input: GetPipelineExecutionInput): GetPipelineExecutionOutput => {
    const { pipelineName, pipelineExecutionId } = checkInput(schema, input);
    const { execution } = codepipeline.getExecution(pipelineName, pipelineExecutionId);
    const { declaration, sourceRevisions, variables } = execution;
    return {
      pipelineExecution: {
        pipelineName,
        pipelineVersion: declaration.version,
        pipelineExecutionId,
        status: execution.status,
        statusSummary: execution.statusSummary,
        artifactRevisions: sourceRevisions.map(({ actionName, revisionId, revisionSummary, revisionUrl }) => {
          const source = declaration.stages![0]!.actions!.find((action) => action.name === actionName);
          return { name: source?.outputArtifacts?.[0]?.name, revisionId, revisionSummary, revisionUrl };
        }),
        variables: Object.entries(variables.get("variables") ?? {}).map(([name, resolvedValue]) => ({
          name,
          resolvedValue,
        })),
        trigger: execution.trigger,
        executionMode: declaration.executionMode,
        executionType: "STANDARD",
      },
    };
  };

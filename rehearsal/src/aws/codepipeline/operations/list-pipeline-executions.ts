import type {
  ListPipelineExecutionsInput,
  ListPipelineExecutionsOutput,
  PipelineExecutionSummary,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name, page, pageOf } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import type { Execution } from "../execution";

const schema = z.object({
  pipelineName: name,
  filter: z.object({ succeededInStage: z.object({ stageName: name }).optional() }).optional(),
  ...page,
});

/** Lists executions, the newest first. */
export const listPipelineExecutions =
  (codepipeline: CodePipeline) =>
  (input: ListPipelineExecutionsInput): ListPipelineExecutionsOutput => {
    const { pipelineName, filter, ...page } = checkInput(schema, input);
    const stage = filter?.succeededInStage?.stageName;
    const executions = codepipeline.get(pipelineName).executions.toReversed();
    const wanted = stage ? executions.filter((execution) => succeededIn(execution, stage)) : executions;
    const { items, nextToken } = pageOf(wanted, ({ id }) => id, page);
    return { pipelineExecutionSummaries: items.map(summary), nextToken };
  };

function succeededIn(execution: Execution, stageName: string): boolean {
  const stage = execution.declaration.stages!.find(({ name }) => name === stageName);
  const actions = stage?.actions ?? [];
  return (
    actions.length > 0 &&
    actions.every(({ name }) => execution.latest(stageName, name!)?.status === "Succeeded")
  );
}

function summary(execution: Execution): PipelineExecutionSummary {
  return {
    pipelineExecutionId: execution.id,
    status: execution.status,
    statusSummary: execution.statusSummary,
    startTime: execution.startTime,
    lastUpdateTime: execution.lastUpdateTime,
    sourceRevisions: execution.sourceRevisions,
    trigger: execution.trigger,
    stopTrigger: execution.stopReason === undefined ? undefined : { reason: execution.stopReason },
    executionMode: execution.declaration.executionMode,
    executionType: "STANDARD",
  };
}

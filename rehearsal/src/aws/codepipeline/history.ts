import { z } from "zod";
import type { CodePipeline } from "./codepipeline";
import type { Execution } from "./execution";

/** The filter of ListActionExecutions and ListRuleExecutions. */
export const executionFilter = z
  .object({
    pipelineExecutionId: z.string().min(1).optional(),
    latestInPipelineExecution: z
      .object({
        pipelineExecutionId: z.string().min(1),
        startTimeRange: z.enum(["Latest", "All"]).default("All"),
      })
      .optional(),
  })
  .optional();

/** One run of an action or a rule. */
interface Run {
  readonly startTime: Date;
  /** Identifies the action or rule within the execution. */
  readonly key: string;
}

/**
 * Returns the runs that match a filter, the newest first. `Latest` omits runs that a retry has repeated.
 * @throws PipelineNotFoundException, PipelineExecutionNotFoundException
 */
export function matchingRuns<T extends Run>(
  codepipeline: CodePipeline,
  pipelineName: string,
  filter: z.infer<typeof executionFilter>,
  runsOf: (execution: Execution) => T[],
): T[] {
  const pipeline = codepipeline.get(pipelineName);
  const latest = filter?.latestInPipelineExecution;
  const id = filter?.pipelineExecutionId ?? latest?.pipelineExecutionId;
  const executions =
    id === undefined ? pipeline.executions : [codepipeline.getExecution(pipelineName, id).execution];
  const runs = executions.flatMap(runsOf).reverse();
  // Executions overlap. Runs of the same millisecond keep the order in which they were recorded.
  runs.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
  if (latest?.startTimeRange !== "Latest") return runs;
  return runs.filter((run, index) => runs.findIndex(({ key }) => key === run.key) === index);
}

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
  /** What it is a run of, within its execution. */
  readonly key: string;
}

/**
 * The runs a filter asks for, the newest first. `Latest` leaves out the runs of an execution that a retry
 * has repeated.
 * @throws PipelineNotFoundException, PipelineExecutionNotFoundException
 */
export function wantedRuns<T extends Run>(
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
  // Executions overlap; runs of the same millisecond stay in the order they were recorded in.
  runs.sort((one, other) => other.startTime.getTime() - one.startTime.getTime());
  if (latest?.startTimeRange !== "Latest") return runs;
  return runs.filter((run, index) => runs.findIndex(({ key }) => key === run.key) === index);
}

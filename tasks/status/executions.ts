import {
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  PipelineNotFoundException,
  type CodePipelineClient,
  type StageConditionState,
} from "@aws-sdk/client-codepipeline";

/** An execution of the pipeline. */
export interface Execution {
  readonly id: string;
  /** As CodePipeline spells it, such as `InProgress`. */
  readonly status: string;
  /** The commit; undefined where the source could not be read. */
  readonly commit?: string;
  readonly startedAt?: Date;
}

/** A stage that an execution is in, or in which the last execution failed. */
export interface CurrentStage {
  readonly name: string;
  readonly status: string;
  readonly executionId?: string;
  /** Why the execution could not enter it, such as a closed deployment window. */
  readonly reason?: string;
}

/** An approval that a reviewer has not decided on yet. */
export interface WaitingApproval {
  readonly stage: string;
  readonly since?: Date;
  readonly executionId?: string;
}

/** What the pipeline does. */
export interface PipelineState {
  readonly stages: readonly CurrentStage[];
  readonly approvals: readonly WaitingApproval[];
}

/** How many executions are read: CodePipeline's largest page. */
const READ = 100;

/** The states of a stage in which something may have to be done. */
const NOTABLE = ["InProgress", "Stopping", "Stopped", "Failed"];

/** Returns the last executions, the newest first. @throws Error if the pipeline is not deployed */
export async function readExecutions(client: CodePipelineClient, pipeline: string): Promise<Execution[]> {
  const { pipelineExecutionSummaries = [] } = await client
    .send(new ListPipelineExecutionsCommand({ pipelineName: pipeline, maxResults: READ }))
    .catch((error: unknown) => {
      if (!(error instanceof PipelineNotFoundException)) throw error;
      throw new Error(
        `There is no pipeline ${pipeline} in this account and region. Check hw_stack_name and AWS_REGION, or create it: npm run bootstrap`,
      );
    });
  return pipelineExecutionSummaries.map((one) => ({
    id: one.pipelineExecutionId ?? "",
    status: one.status ?? "",
    commit: one.sourceRevisions?.[0]?.revisionId,
    startedAt: one.startTime,
  }));
}

/** Returns the stages that are busy or failed, and the approvals that wait. */
export async function readPipelineState(
  client: CodePipelineClient,
  pipeline: string,
): Promise<PipelineState> {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipeline }));
  const stages = stageStates
    .filter(({ latestExecution }) => NOTABLE.includes(latestExecution?.status ?? ""))
    .map(({ stageName = "", latestExecution, beforeEntryConditionState: entry }) => {
      const reason = entry?.latestExecution?.status === "Failed" ? failedRule(entry) : undefined;
      return {
        name: stageName,
        status: latestExecution?.status ?? "",
        executionId: latestExecution?.pipelineExecutionId,
        ...(reason !== undefined && { reason }),
      };
    });
  const approvals = stageStates.flatMap(({ stageName = "", actionStates = [], latestExecution: stage }) =>
    actionStates
      // Only an approval has a token. It decides, so it is not shown.
      .filter(({ latestExecution }) => latestExecution?.status === "InProgress" && latestExecution.token)
      .map(({ latestExecution }) => ({
        stage: stageName,
        since: latestExecution?.lastStatusChange,
        executionId: stage?.pipelineExecutionId,
      })),
  );
  return { stages, approvals };
}

/** Returns what CodePipeline says about the rule of an entry condition that failed. */
function failedRule({ conditionStates = [] }: StageConditionState): string | undefined {
  const rules = conditionStates.flatMap(({ ruleStates = [] }) => ruleStates);
  const failed = rules.find(({ latestExecution }) => latestExecution?.status === "Failed");
  return failed && (failed.latestExecution?.summary ?? `the rule ${failed.ruleName} failed`);
}

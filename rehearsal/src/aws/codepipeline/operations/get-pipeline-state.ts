import type {
  ActionState,
  GetPipelineStateInput,
  GetPipelineStateOutput,
  StageConditionState,
  StageState,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import type { ActionRun } from "../execution";
import type { Stage } from "../stage";
import { shown, shownError } from "../text-limits";

const schema = z.object({ name });

export const getPipelineState =
  (codepipeline: CodePipeline) =>
  (input: GetPipelineStateInput): GetPipelineStateOutput => {
    const { name, version, created, updated, stages } = codepipeline.get(checkInput(schema, input).name);
    return {
      pipelineName: name,
      pipelineVersion: version,
      created,
      updated,
      stageStates: stages.map(stageState),
    };
  };

function stageState(stage: Stage): StageState {
  const waiting = stage.waiting.map(({ id }) => ({ pipelineExecutionId: id, status: "InProgress" as const }));
  const { enabled, reason, at, by } = stage.transition;
  return {
    stageName: stage.name,
    inboundExecution: waiting[0],
    inboundExecutions: waiting,
    inboundTransitionState: { enabled, disabledReason: reason, lastChangedAt: at, lastChangedBy: by },
    actionStates: stage.declaration.actions!.map((action) => actionState(action.name!, stage.actions)),
    latestExecution: stage.latest && {
      pipelineExecutionId: stage.latest.execution.id,
      status: stage.latest.status,
      type: "STANDARD",
    },
    beforeEntryConditionState: entryState(stage),
    retryStageMetadata: stage.retries && {
      // A member is missing if the stage was not retried in this way: the lowest valid value is 1.
      autoStageRetryAttempt: stage.retries.automatic || undefined,
      manualStageRetryAttempt: stage.retries.manual || undefined,
      latestRetryTrigger: stage.retries.last,
    },
  };
}

function actionState(actionName: string, runs: ReadonlyMap<string, ActionRun>): ActionState {
  const run = runs.get(actionName);
  if (!run) return { actionName };
  return {
    actionName,
    latestExecution: {
      actionExecutionId: run.id,
      status: run.status,
      summary: shown(run.summary, "summary"),
      lastStatusChange: run.lastUpdateTime,
      token: run.token,
      lastUpdatedBy: run.updatedBy,
      externalExecutionId: run.externalExecutionId,
      externalExecutionUrl: run.externalExecutionUrl,
      errorDetails: shownError(run.error),
    },
  };
}

function entryState({ entry }: Stage): StageConditionState | undefined {
  if (!entry) return undefined;
  const { status, at, rules } = entry;
  const ruleStates = rules.map((rule) => ({
    ruleName: rule.declaration.name,
    latestExecution: {
      ruleExecutionId: rule.id,
      status: rule.status,
      summary: shown(rule.summary, "summary"),
      lastStatusChange: rule.at,
      errorDetails: shownError(rule.error),
    },
  }));
  return {
    latestExecution: { status },
    conditionStates: [{ latestExecution: { status, lastStatusChange: at }, ruleStates }],
  };
}

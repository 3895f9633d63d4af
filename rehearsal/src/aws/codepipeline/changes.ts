import type { StageExecutionStatus } from "@aws-sdk/client-codepipeline";
import type { ActionChange, ArtifactInEvent, ExecutionChange, StageChange, State } from "../state-change";
import type { ActionRun, Artifact, Execution } from "./execution";
import type { Pipeline } from "./pipeline";

/** Returns the change of an execution. */
export function executionChange(pipeline: Pipeline, execution: Execution, state: State): ExecutionChange {
  return {
    kind: "execution",
    ...commonMembers(pipeline, execution),
    startTime: execution.startTime,
    state,
    status: execution.status,
    summary: execution.statusSummary,
    trigger: execution.trigger,
  };
}

/** Returns the change of a stage. */
export function stageChange(
  pipeline: Pipeline,
  execution: Execution,
  stage: { readonly name: string; readonly since: Date; readonly status: StageExecutionStatus },
  state: State | undefined,
  summary?: string,
): StageChange {
  return {
    kind: "stage",
    ...commonMembers(pipeline, execution),
    startTime: stage.since,
    state,
    stage: stage.name,
    status: stage.status,
    summary,
  };
}

/** Returns the change of an action. */
export function actionChange(
  pipeline: Pipeline,
  execution: Execution,
  run: ActionRun,
  state: State | undefined,
): ActionChange {
  return {
    kind: "action",
    ...commonMembers(pipeline, execution),
    startTime: run.startTime,
    state,
    stage: run.stage,
    action: run.declaration.name!,
    actionExecutionId: run.id,
    type: run.declaration.actionTypeId!,
    status: run.status,
    summary: run.summary,
    externalExecutionId: run.externalExecutionId,
    externalExecutionUrl: run.externalExecutionUrl,
    error: run.error,
    inputs: run.inputs.map(artifactInEvent),
    outputs: run.outputs.map(artifactInEvent),
  };
}

function commonMembers(pipeline: Pipeline, execution: Execution) {
  return {
    at: new Date(),
    pipeline: pipeline.name,
    pipelineArn: pipeline.arn,
    version: execution.declaration.version!,
    executionId: execution.id,
    attempt: execution.attempt,
  };
}

function artifactInEvent({ name, bucket, key }: Artifact): ArtifactInEvent {
  return { name, s3location: { bucket, key } };
}

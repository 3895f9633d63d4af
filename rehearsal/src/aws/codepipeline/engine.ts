import type {
  ExecutionTrigger,
  PipelineExecutionStatus,
  StageExecutionStatus,
} from "@aws-sdk/client-codepipeline";
import { errorLine, type State } from "../state-change";
import { finish, type EngineContext } from "./action-run";
import { actionChange, executionChange, stageChange } from "./changes";
import { Execution, type Overrides } from "./execution";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";
import { countRetry, executeStage, FIRST_ATTEMPT, succeededActions, type StageAttempt } from "./stage-run";

/** Moves executions through the stages of their pipelines. A stage holds one execution at a time. */
export class Engine {
  private readonly context: EngineContext;

  constructor(context: Omit<EngineContext, "running">) {
    this.context = { ...context, running: new Set() };
  }

  /** Waits until no action runs, including those of abandoned executions. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.context.running);
  }

  /** Starts an execution of a pipeline, and returns at once. */
  start(
    pipeline: Pipeline,
    trigger: ExecutionTrigger,
    { variables = {}, revisions }: Overrides = {},
  ): Execution {
    const defaults = Object.fromEntries(
      (pipeline.declaration.variables ?? []).map(({ name, defaultValue }) => [name!, defaultValue ?? ""]),
    );
    const execution = new Execution(pipeline.declaration, trigger, { ...defaults, ...variables }, revisions);
    pipeline.remember(execution);
    this.context.report(executionChange(pipeline, execution, "STARTED"));
    this.enqueue(pipeline, execution, pipeline.stages[0]!);
    return execution;
  }

  /** Cancels every active execution, because the pipeline's structure has changed. */
  cancelAll(pipeline: Pipeline, reason: string): void {
    for (const execution of pipeline.executions.filter(({ isActive }) => isActive)) {
      this.abandon(pipeline, execution, "Cancelled", "CANCELED", reason);
    }
  }

  /**
   * Stops an execution after its running actions have finished, or immediately with `abandon`. What an abandoned
   * action started, such as a build, keeps running.
   */
  stop(pipeline: Pipeline, execution: Execution, abandon: boolean, reason: string): void {
    execution.stopReason = reason;
    execution.setStatus("Stopping", reason);
    this.context.report(executionChange(pipeline, execution, "STOPPING"));
    const stage = pipeline.stages.find(({ current }) => current === execution);
    if (abandon || !stage) {
      this.abandon(pipeline, execution, "Stopped", "STOPPED", reason);
      if (stage) this.tryEnter(pipeline, stage);
    } else if (stage.latest) {
      stage.latest.status = "Stopping";
      const { name, latest } = stage;
      this.context.report(stageChange(pipeline, execution, { name, ...latest }, "STOPPING", reason));
    }
  }

  /** Runs the stage that an execution failed in once more. */
  retry(pipeline: Pipeline, execution: Execution, stage: Stage, failedActionsOnly: boolean): void {
    const skipped = failedActionsOnly ? succeededActions(execution, stage) : new Set<string>();
    execution.resume();
    countRetry(stage, "ManualStageRetry");
    this.context.report(executionChange(pipeline, execution, "RESUMED"));
    stage.current = execution;
    this.startStage(pipeline, execution, stage, { isRetry: true, isOverride: false, skipped });
  }

  /** Lets an execution enter the stage whose entry condition has failed it. */
  overrideEntry(pipeline: Pipeline, execution: Execution, stage: Stage): void {
    execution.resume();
    this.context.report(executionChange(pipeline, execution, "RESUMED"));
    stage.current = execution;
    this.startStage(pipeline, execution, stage, { ...FIRST_ATTEMPT, isOverride: true });
  }

  /**
   * Enables or disables the transition into a stage.
   * @param by ARN of the caller
   */
  setTransition(pipeline: Pipeline, stage: Stage, enabled: boolean, by: string, reason?: string): void {
    stage.transition = { enabled, reason, by, at: new Date() };
    this.tryEnter(pipeline, stage);
  }

  /** Makes an execution wait for a stage. Unless the mode is QUEUED, it supersedes those that already wait. */
  private enqueue(pipeline: Pipeline, execution: Execution, stage: Stage): void {
    if (pipeline.declaration.executionMode !== "QUEUED") {
      for (const older of stage.waiting.splice(0)) {
        this.end(pipeline, older, "Superseded", "SUPERSEDED", `Superseded by ${execution.id}.`);
      }
    }
    stage.waiting.push(execution);
    this.tryEnter(pipeline, stage);
  }

  /** Lets the next waiting execution enter a stage if the stage is free and its transition enabled. */
  private tryEnter(pipeline: Pipeline, stage: Stage): void {
    if (stage.current || !stage.transition.enabled) return;
    const next = stage.waiting.shift();
    if (!next) return;
    stage.current = next;
    this.startStage(pipeline, next, stage, FIRST_ATTEMPT);
  }

  /** Nothing awaits a stage: an unexpected error is reported, and does not terminate the process. */
  private startStage(pipeline: Pipeline, execution: Execution, stage: Stage, attempt: StageAttempt): void {
    this.runStage(pipeline, execution, stage, attempt).catch((error: Error) =>
      this.context.report(
        errorLine(`Execution ${execution.id} stopped on an unexpected error: ${error.stack}`),
      ),
    );
  }

  private async runStage(
    pipeline: Pipeline,
    execution: Execution,
    stage: Stage,
    attempt: StageAttempt,
  ): Promise<void> {
    try {
      await executeStage(this.context, pipeline, execution, stage, attempt);
    } catch (error) {
      // A bug of the rehearsal must not leave the stage locked.
      this.context.report(errorLine(`Stage ${stage.name}: ${(error as Error).stack}`));
      if (stage.latest) stage.latest.status = "Failed";
    }
    // What ended the execution meanwhile has released the stage too.
    if (!execution.isActive) return;
    stage.release(execution);
    this.advance(pipeline, execution, stage);
    this.tryEnter(pipeline, stage);
  }

  /** Moves an execution on to the next stage, or ends it. */
  private advance(pipeline: Pipeline, execution: Execution, stage: Stage): void {
    const next = pipeline.after(stage);
    if (execution.isStopping) this.end(pipeline, execution, "Stopped", "STOPPED", execution.stopReason);
    else if (stage.latest?.status === "Failed") {
      this.end(pipeline, execution, "Failed", "FAILED", `Stage ${stage.name} failed.`);
    } else if (next) this.enqueue(pipeline, execution, next);
    else this.end(pipeline, execution, "Succeeded", "SUCCEEDED");
  }

  private end(
    pipeline: Pipeline,
    execution: Execution,
    status: PipelineExecutionStatus,
    state: State,
    summary?: string,
  ): void {
    execution.setStatus(status, summary);
    this.context.report(executionChange(pipeline, execution, state));
  }

  /** Ends an execution immediately, running or waiting. The caller decides whether another enters its stage. */
  private abandon(
    pipeline: Pipeline,
    execution: Execution,
    status: StageExecutionStatus & PipelineExecutionStatus,
    state: "CANCELED" | "STOPPED",
    reason: string,
  ): void {
    execution.abandon();
    for (const run of execution.actions.filter((action) => action.status === "InProgress")) {
      run.summary = reason;
      finish(run, "Abandoned");
      const actionState = state === "CANCELED" ? "CANCELED" : "ABANDONED";
      this.context.report(actionChange(pipeline, execution, run, actionState));
    }
    const stages = pipeline.stages.filter(
      (stage) => stage.current === execution || stage.waiting.includes(execution),
    );
    for (const stage of stages) {
      const isCurrent = stage.current === execution;
      stage.release(execution);
      if (!isCurrent || stage.latest?.execution !== execution) continue;
      stage.latest.status = status;
      this.context.report(
        stageChange(pipeline, execution, { name: stage.name, ...stage.latest }, state, reason),
      );
    }
    this.end(pipeline, execution, status, state, reason);
  }
}

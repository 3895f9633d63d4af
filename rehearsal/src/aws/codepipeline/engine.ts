import type {
  ExecutionTrigger,
  PipelineExecutionStatus,
  StageExecutionStatus,
} from "@aws-sdk/client-codepipeline";
import { errorLine, type State } from "../state-change";
import { settle, type EngineContext } from "./action-run";
import { actionChange, executionChange, stageChange } from "./changes";
import { Execution, type Overrides } from "./execution";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";
import { countRetry, done, FIRST_TIME, runStage, type Passage } from "./stage-run";

/** Takes executions through the stages of their pipelines: one inside a stage at a time. */
export class Engine {
  private readonly context: EngineContext;

  constructor(partners: Omit<EngineContext, "working">) {
    this.context = { ...partners, working: new Set() };
  }

  /** Waits for the actions at work, also for those nobody else waits for any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.context.working);
  }

  /** Starts an execution of a pipeline. It goes on by itself; nothing has to be awaited. */
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
    this.arrive(pipeline, execution, pipeline.stages[0]!);
    return execution;
  }

  /** Ends every execution that is not over, because the structure it runs in is no more. */
  cancelAll(pipeline: Pipeline, reason: string): void {
    for (const execution of pipeline.executions.filter(({ isActive }) => isActive)) {
      this.abandon(pipeline, execution, "Cancelled", "CANCELED", reason);
    }
  }

  /**
   * Stops an execution: once its running actions have ended, or at once with `abandon`, which leaves
   * to themselves what they have started elsewhere.
   */
  stop(pipeline: Pipeline, execution: Execution, abandon: boolean, reason: string): void {
    execution.stopReason = reason;
    execution.setStatus("Stopping", reason);
    this.context.report(executionChange(pipeline, execution, "STOPPING"));
    const inside = pipeline.stages.find((stage) => stage.inside === execution);
    if (abandon || !inside) {
      this.abandon(pipeline, execution, "Stopped", "STOPPED", reason);
      if (inside) this.admit(pipeline, inside);
    } else if (inside.latest) {
      inside.latest.status = "Stopping";
      const { name, latest } = inside;
      this.context.report(stageChange(pipeline, execution, { name, ...latest }, "STOPPING", reason));
    }
  }

  /** Sends a failed execution through the stage it failed in once more. */
  retry(pipeline: Pipeline, execution: Execution, stage: Stage, failedActionsOnly: boolean): void {
    const passage: Passage = { retry: true, done: failedActionsOnly ? done(execution, stage) : new Set() };
    execution.resume();
    countRetry(stage, "ManualStageRetry");
    this.context.report(executionChange(pipeline, execution, "RESUMED"));
    stage.inside = execution;
    this.go(pipeline, execution, stage, passage);
  }

  /**
   * Opens or closes the way into a stage.
   * @param by ARN of who does
   */
  setTransition(pipeline: Pipeline, stage: Stage, enabled: boolean, by: string, reason?: string): void {
    stage.transition = { enabled, reason, by, at: new Date() };
    this.admit(pipeline, stage);
  }

  private arrive(pipeline: Pipeline, execution: Execution, stage: Stage): void {
    if (pipeline.declaration.executionMode !== "QUEUED") {
      for (const older of stage.waiting.splice(0)) {
        this.end(pipeline, older, "Superseded", "SUPERSEDED", `Superseded by ${execution.id}.`);
      }
    }
    stage.waiting.push(execution);
    this.admit(pipeline, stage);
  }

  /** Lets the next execution into a stage if it is free. */
  private admit(pipeline: Pipeline, stage: Stage): void {
    if (stage.inside || !stage.transition.enabled) return;
    const next = stage.waiting.shift();
    if (!next) return;
    stage.inside = next;
    this.go(pipeline, next, stage, FIRST_TIME);
  }

  /** A pass is not awaited; an error of the rehearsal in it must not terminate the process either. */
  private go(pipeline: Pipeline, execution: Execution, stage: Stage, passage: Passage): void {
    this.pass(pipeline, execution, stage, passage).catch((error: Error) =>
      this.context.report(
        errorLine(`Execution ${execution.id} stopped on an unexpected error: ${error.stack}`),
      ),
    );
  }

  private async pass(
    pipeline: Pipeline,
    execution: Execution,
    stage: Stage,
    passage: Passage,
  ): Promise<void> {
    try {
      await runStage(this.context, pipeline, execution, stage, passage);
    } catch (error) {
      // A fault of the rehearsal itself: the stage must not stay locked because of it.
      this.context.report(errorLine(`Stage ${stage.name}: ${(error as Error).stack}`));
      if (stage.latest) stage.latest.status = "Failed";
    }
    // Whoever has ended the execution meanwhile has released the stage too.
    if (!execution.isActive) return;
    stage.release(execution);
    this.leave(pipeline, execution, stage);
    this.admit(pipeline, stage);
  }

  private leave(pipeline: Pipeline, execution: Execution, stage: Stage): void {
    const next = pipeline.after(stage);
    if (execution.isStopping) this.end(pipeline, execution, "Stopped", "STOPPED", execution.stopReason);
    else if (stage.latest?.status === "Failed") {
      this.end(pipeline, execution, "Failed", "FAILED", `Stage ${stage.name} failed.`);
    } else if (next) this.arrive(pipeline, execution, next);
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

  /** Ends an execution wherever it is, and whatever it waits for. Nothing is let into the stage it leaves. */
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
      settle(run, "Abandoned");
      const actionState = state === "CANCELED" ? "CANCELED" : "ABANDONED";
      this.context.report(actionChange(pipeline, execution, run, actionState));
    }
    const stages = pipeline.stages.filter(
      (stage) => stage.inside === execution || stage.waiting.includes(execution),
    );
    for (const stage of stages) {
      const isInside = stage.inside === execution;
      stage.release(execution);
      if (!isInside || stage.latest?.execution !== execution) continue;
      stage.latest.status = status;
      this.context.report(
        stageChange(pipeline, execution, { name: stage.name, ...stage.latest }, state, reason),
      );
    }
    this.end(pipeline, execution, status, state, reason);
  }
}

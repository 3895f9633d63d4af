import type { ActionDeclaration, StageExecutionStatus } from "@aws-sdk/client-codepipeline";
import { runAction, type EngineContext } from "./action-run";
import { stageChange } from "./changes";
import { checkEntry, type Entry } from "./conditions";
import type { Execution } from "./execution";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";
import type { State } from "../state-change";

const STATES: Partial<Record<StageExecutionStatus, State>> = {
  Succeeded: "SUCCEEDED",
  Failed: "FAILED",
  Stopped: "STOPPED",
};

/** One attempt to run a stage. */
export interface StageAttempt {
  readonly isRetry: boolean;
  /** Whether an operator lets the execution enter without the entry condition. */
  readonly isOverride: boolean;
  /** Actions that have succeeded before and do not run again. */
  readonly skipped: ReadonlySet<string>;
}

export const FIRST_ATTEMPT: StageAttempt = { isRetry: false, isOverride: false, skipped: new Set() };

/**
 * Runs a stage for its current execution: entry conditions, actions, automatic retry. Returns without recording
 * anything more if the execution is abandoned meanwhile.
 */
export async function executeStage(
  context: EngineContext,
  pipeline: Pipeline,
  execution: Execution,
  stage: Stage,
  attempt: StageAttempt,
): Promise<void> {
  const latest: NonNullable<Stage["latest"]> = { execution, since: new Date(), status: "InProgress" };
  stage.latest = latest;
  if (!attempt.isRetry) stage.retries = undefined;
  const report = (state: State | undefined, summary?: string) =>
    context.report(stageChange(pipeline, execution, { name: stage.name, ...latest }, state, summary));

  const entry: Entry = attempt.isOverride
    ? { decision: "enter", state: stage.entry && { ...stage.entry, status: "Overridden" } }
    : checkEntry(stage.declaration, execution.variables);
  stage.entry = entry.state;
  if (!attempt.isOverride) execution.rules.push(...(entry.state?.rules ?? []));
  if (entry.decision !== "enter") {
    latest.status = entry.decision === "skip" ? "Skipped" : "Failed";
    report(STATES[latest.status], entry.reason);
    return;
  }
  report(attempt.isRetry ? "RESUMED" : "STARTED");
  let succeeded = await runActions(context, pipeline, execution, stage, attempt.skipped);
  if (!succeeded && execution.status === "InProgress" && isRetriedAutomatically(stage)) {
    countRetry(stage, "AutomatedStageRetry");
    execution.attempt += 1;
    report("RESUMED", "The stage failed and is retried once.");
    const all = stage.declaration.onFailure?.retryConfiguration?.retryMode === "ALL_ACTIONS";
    succeeded = await runActions(
      context,
      pipeline,
      execution,
      stage,
      all ? new Set() : succeededActions(execution, stage),
    );
  }
  if (!execution.isActive) return;
  latest.status = succeeded ? "Succeeded" : execution.isStopping ? "Stopped" : "Failed";
  report(STATES[latest.status]);
}

/** A stage is retried automatically once, however often the operator retries it. */
function isRetriedAutomatically({ declaration, retries }: Stage): boolean {
  return declaration.onFailure?.result === "RETRY" && !retries?.automatic;
}

/** Returns the actions of a stage that have succeeded in an execution. */
export function succeededActions(execution: Execution, stage: Stage): Set<string> {
  const names = (stage.declaration.actions ?? []).map(({ name }) => name!);
  return new Set(names.filter((name) => execution.latest(stage.name, name)?.status === "Succeeded"));
}

export function countRetry(stage: Stage, kind: "AutomatedStageRetry" | "ManualStageRetry"): void {
  const { automatic, manual } = stage.retries ?? { automatic: 0, manual: 0 };
  const isManual = kind === "ManualStageRetry";
  stage.retries = {
    automatic: automatic + (isManual ? 0 : 1),
    manual: manual + (isManual ? 1 : 0),
    last: kind,
  };
}

/** Runs the actions by runOrder, those of the same runOrder in parallel. Resolves with whether all succeeded. */
async function runActions(
  context: EngineContext,
  pipeline: Pipeline,
  execution: Execution,
  stage: Stage,
  skip: ReadonlySet<string>,
): Promise<boolean> {
  for (const group of byRunOrder(stage.declaration.actions ?? [])) {
    // A stopping execution finishes its running actions, and starts no more.
    if (execution.status !== "InProgress") return false;
    const todo = group.filter(({ name }) => !skip.has(name!));
    const outcomes = await Promise.all(
      todo.map((action) => runAction(context, pipeline, execution, stage, action)),
    );
    if (!outcomes.every(Boolean)) return false;
  }
  return true;
}

function byRunOrder(actions: readonly ActionDeclaration[]): ActionDeclaration[][] {
  const groups = new Map<number, ActionDeclaration[]>();
  for (const action of actions) {
    const order = action.runOrder ?? 1;
    groups.set(order, [...(groups.get(order) ?? []), action]);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group);
}

import type { ActionDeclaration, StageExecutionStatus } from "@aws-sdk/client-codepipeline";
import { runAction, type EngineContext } from "./action-run";
import { stageChange } from "./changes";
import { checkEntry } from "./conditions";
import type { Execution } from "./execution";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";
import type { State } from "../state-change";

const STATES: Partial<Record<StageExecutionStatus, State>> = {
  Succeeded: "SUCCEEDED",
  Failed: "FAILED",
  Stopped: "STOPPED",
};

/** How a stage is to be gone through. */
export interface Passage {
  /** Whether it goes on from a failure. */
  readonly retry: boolean;
  /** Actions that need not run again. */
  readonly done: ReadonlySet<string>;
}

export const FIRST_TIME: Passage = { retry: false, done: new Set() };

/**
 * Takes an execution through a stage it is inside of: entry conditions, actions, automatic retry.
 * Never rejects. When the execution is abandoned meanwhile, it returns without recording anything more.
 */
export async function runStage(
  context: EngineContext,
  pipeline: Pipeline,
  execution: Execution,
  stage: Stage,
  passage: Passage,
): Promise<void> {
  const latest: NonNullable<Stage["latest"]> = { execution, since: new Date(), status: "InProgress" };
  stage.latest = latest;
  if (!passage.retry) stage.retries = undefined;
  const report = (state: State | undefined, summary?: string) =>
    context.report(stageChange(pipeline, execution, { name: stage.name, ...latest }, state, summary));

  const refusal = refuseEntry(execution, stage);
  if (refusal) {
    latest.status = refusal.status;
    report(STATES[refusal.status], refusal.summary);
    return;
  }
  report(passage.retry ? "RESUMED" : "STARTED");
  let succeeded = await runActions(context, pipeline, execution, stage, passage.done);
  if (!succeeded && execution.status === "InProgress" && mayRetry(stage)) {
    countRetry(stage, "AutomatedStageRetry");
    execution.attempt += 1;
    report("RESUMED", "The stage failed and is retried once.");
    const all = stage.declaration.onFailure?.retryConfiguration?.retryMode === "ALL_ACTIONS";
    succeeded = await runActions(
      context,
      pipeline,
      execution,
      stage,
      all ? new Set() : done(execution, stage),
    );
  }
  if (!execution.isActive) return;
  latest.status = succeeded ? "Succeeded" : execution.isStopping ? "Stopped" : "Failed";
  report(STATES[latest.status]);
}

/** A failed stage is retried by itself once; that it was retried by hand afterwards does not change that. */
function mayRetry({ declaration, retries }: Stage): boolean {
  return declaration.onFailure?.result === "RETRY" && !retries?.automatic;
}

/** The actions of a stage that have succeeded in an execution. */
export function done(execution: Execution, stage: Stage): Set<string> {
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

/** Why a stage is not entered, or undefined when it is. */
function refuseEntry(
  execution: Execution,
  stage: Stage,
): { status: StageExecutionStatus; summary: string } | undefined {
  const { result, state } = checkEntry(stage.declaration, execution.variables);
  stage.entry = state;
  execution.rules.push(...(state?.rules ?? []));
  if (!result) return undefined;
  const summary = state?.rules.find(({ status }) => status === "Failed")?.summary ?? "";
  return { status: result === "SKIP" ? "Skipped" : "Failed", summary };
}

/** Runs the actions group by group; those of equal runOrder at once. True when all have succeeded. */
async function runActions(
  context: EngineContext,
  pipeline: Pipeline,
  execution: Execution,
  stage: Stage,
  skip: ReadonlySet<string>,
): Promise<boolean> {
  for (const group of groups(stage.declaration.actions ?? [])) {
    // Asked to stop: what runs may end, nothing new begins.
    if (execution.status !== "InProgress") return false;
    const todo = group.filter(({ name }) => !skip.has(name!));
    const outcomes = await Promise.all(
      todo.map((action) => runAction(context, pipeline, execution, stage, action)),
    );
    if (!outcomes.every(Boolean)) return false;
  }
  return true;
}

function groups(actions: readonly ActionDeclaration[]): ActionDeclaration[][] {
  const byOrder = new Map<number, ActionDeclaration[]>();
  for (const action of actions) {
    const order = action.runOrder ?? 1;
    byOrder.set(order, [...(byOrder.get(order) ?? []), action]);
  }
  return [...byOrder].sort(([one], [other]) => one - other).map(([, group]) => group);
}

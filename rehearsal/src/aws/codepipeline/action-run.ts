import { randomUUID } from "node:crypto";
import type { ActionDeclaration } from "@aws-sdk/client-codepipeline";
import type { Report } from "../state-change";
import { ActionFailed, type ActionProviders, type ActionResult } from "./actions/action";
import { inputsOf, outputsOf } from "./artifacts";
import { actionChange } from "./changes";
import type { ActionRun, Execution } from "./execution";
import { masked, providerOf } from "./declaration";
import type { Pipeline } from "./pipeline";
import type { Stage } from "./stage";
import { shown } from "./text-limits";
import { resolveAll, UnresolvedVariable } from "./variables";

/** What the engine needs to run actions. */
export interface EngineContext {
  readonly providers: ActionProviders;
  readonly report: Report;
  /** The running actions, including those of abandoned executions. */
  readonly running: Set<Promise<unknown>>;
}

/** Runs one action and records it. Never rejects; resolves with whether the action succeeded. */
export async function runAction(
  context: EngineContext,
  pipeline: Pipeline,
  execution: Execution,
  stage: Stage,
  action: ActionDeclaration,
): Promise<boolean> {
  const run = begin(execution, stage, action);
  context.report(actionChange(pipeline, execution, run, "STARTED"));
  const work = perform(context, pipeline, execution, run);
  context.running.add(work);
  const forget = () => void context.running.delete(work);
  work.then(forget, forget);
  try {
    const outcome = await untilAbandoned(work, execution.abandoned);
    // The engine has already recorded an abandoned run.
    if (!outcome) return false;
    succeed(execution, run, outcome);
  } catch (error) {
    if (execution.abandoned.aborted) return false;
    fail(run, error);
  }
  const succeeded = run.status === "Succeeded";
  context.report(actionChange(pipeline, execution, run, succeeded ? "SUCCEEDED" : "FAILED"));
  return succeeded;
}

function begin(execution: Execution, stage: Stage, action: ActionDeclaration): ActionRun {
  const startTime = new Date();
  const run: ActionRun = {
    id: randomUUID(),
    stage: stage.name,
    declaration: action,
    startTime,
    lastUpdateTime: startTime,
    status: "InProgress",
    inputs: inputsOf(action, execution),
    outputs: outputsOf(action, execution.declaration),
  };
  execution.actions.push(run);
  stage.actions.set(action.name!, run);
  return run;
}

async function perform(
  { providers, report }: EngineContext,
  pipeline: Pipeline,
  execution: Execution,
  run: ActionRun,
): Promise<ActionResult> {
  // The stage that creates the artifact may have been skipped.
  const missing = run.declaration.inputArtifacts?.find(({ name }) => !execution.artifacts.has(name!));
  if (missing) {
    throw new ActionFailed(
      "ConfigurationError",
      `No action of this execution has created the artifact ${missing.name}.`,
    );
  }
  const configuration = resolveAll(run.declaration.configuration ?? {}, execution.variables);
  run.resolvedConfiguration = masked(configuration);
  return providers[providerOf(run.declaration)]!.run({
    pipeline,
    executionId: execution.id,
    stage: run.stage,
    action: run.declaration,
    configuration,
    revision: execution.revisions.get(run.declaration.name!),
    inputs: run.inputs,
    outputs: run.outputs,
    abandoned: execution.abandoned,
    progress: (update) => {
      if (run.status !== "InProgress") return;
      Object.assign(run, update, { lastUpdateTime: new Date() });
      // There is no EventBridge event for this; the terminal and the dashboard show it.
      report(actionChange(pipeline, execution, run, undefined));
    },
  });
}

function succeed(execution: Execution, run: ActionRun, result: ActionResult): void {
  const { name, namespace } = run.declaration;
  const revision = result.revision?.revisionId ?? run.inputs[0]?.revision;
  for (const output of run.outputs) execution.artifacts.set(output.name, { ...output, revision });
  if (result.revision) {
    const revisionSummary = shown(result.revision.revisionSummary, "summary");
    execution.sourceRevisions.push({ actionName: name, ...result.revision, revisionSummary });
  }
  if (namespace) execution.variables.set(namespace, result.variables ?? {});
  run.outputVariables = { ...result.variables };
  if (result.summary !== undefined) run.summary = result.summary;
  finish(run, "Succeeded");
}

function fail(run: ActionRun, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  run.error = { code: codeOf(error), message };
  run.summary ??= message;
  finish(run, "Failed");
}

function codeOf(error: unknown): string {
  if (error instanceof ActionFailed) return error.code;
  return error instanceof UnresolvedVariable ? "ConfigurationError" : "JobFailed";
}

/** Ends a run with its final status. */
export function finish(run: ActionRun, status: ActionRun["status"]): void {
  run.status = status;
  run.token = undefined;
  run.lastUpdateTime = new Date();
}

/** Resolves with the result of the work, or with undefined once the signal is aborted. The work itself continues. */
async function untilAbandoned<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let abandon: () => void = () => undefined;
  const abandoned = new Promise<undefined>((done) => {
    abandon = () => done(undefined);
    signal.addEventListener("abort", abandon);
    if (signal.aborted) abandon();
  });
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    signal.removeEventListener("abort", abandon);
    // An error of abandoned work has no one to handle it.
    work.catch(() => undefined);
  }
}

import { actionStatus, isActive } from "./words.js";

/** Returns the latest run of an action in an execution. */
export function lastRun(execution, stage, action) {
  return execution?.actions.findLast((run) => run.stage === stage && run.name === action);
}

/** Returns the stages with their latest executions. */
export function stagesNow(pipeline, known) {
  const newest = known.executions.find(
    (execution) => execution.pipeline === pipeline.name && isActive(execution),
  );
  return pipeline.stages.map((stage) => {
    const execution = known.execution(stage.execution);
    return {
      ...stage,
      status: execution?.status === "NoCommit" ? "NoCommit" : stage.status,
      execution,
      earlier: newest !== undefined && execution !== undefined && !isActive(execution),
      waiting: stage.waiting.map((id) => known.execution(id)).filter(Boolean),
      actions: stage.actions.map((action) => withRun(action, lastRun(execution, stage.name, action.name))),
    };
  });
}

/** Returns the stages as one execution passed them: a stage before the last that ran and without a run was skipped. */
export function stagesOf(execution, pipeline) {
  const ran = new Set(execution.actions.map(({ stage }) => stage));
  const names = [...new Set([...pipeline.stages.map(({ name }) => name), ...ran])];
  const furthest = Math.max(-1, ...names.map((name, index) => (ran.has(name) ? index : -1)));
  return names.map((name, index) => {
    const stage = pipeline.stages.find((one) => one.name === name) ?? {
      name,
      actions: actionsIn(execution, name),
    };
    const actions = stage.actions.map((action) => withRun(action, lastRun(execution, name, action.name)));
    const passed = index < furthest || execution.status === "Succeeded";
    return {
      name,
      actions,
      execution: ran.has(name) || passed ? execution : undefined,
      waiting: [],
      condition: "",
      status: ran.has(name) ? statusOfRuns(actions) : passed ? "Skipped" : undefined,
    };
  });
}

function actionsIn(execution, stage) {
  const runs = execution.actions.filter((run) => run.stage === stage);
  return [...new Map(runs.map((run) => [run.name, { ...run, order: 1 }])).values()];
}

function withRun(action, run) {
  return { ...action, run, status: actionStatus(run, action.category) };
}

function statusOfRuns(actions) {
  const statuses = actions.map(({ run }) => run?.status);
  for (const status of ["NoCommit", "Failed", "Abandoned", "InProgress"])
    if (statuses.includes(status)) return status;
  return statuses.every((status) => status === "Succeeded") ? "Succeeded" : "Stopped";
}

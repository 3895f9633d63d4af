import { entriesOf, isObject, valueAt, type Json, type JsonObject } from "../../stacks/stack-json";
import { differences } from "./json-difference";
import { asName, cut } from "../../stacks/visible-text";

/** An approval, and the conditions of its stage: when it is skipped, and what follows a rejection. */
interface Approval {
  readonly name: string;
  readonly conditions: JsonObject;
}

/** The stages of the pipeline in a definition, in order. */
export function stagesOf(definition: JsonObject): JsonObject[] {
  const pipelines = entriesOf(valueAt(definition, "resource", "aws_codepipeline"));
  return pipelines.flatMap(([, pipeline]) => objectsIn(valueAt(pipeline, "stage")));
}

/** The actions of a stage. */
export function actionsOf(stage: JsonObject): JsonObject[] {
  return objectsIn(stage.action);
}

/**
 * Returns what is approved no longer, or less: a removed approval, one that comes later or can be skipped, and new
 * actions before every approval. A reviewer has to read this first.
 */
export function lostApprovals(before: JsonObject, after: JsonObject): string[] {
  const [old, now] = [approvalsBefore(before), approvalsBefore(after)];
  const [oldApprovals, approvals] = [approvalsOf(before), approvalsOf(after)];
  return [
    ...oldApprovals
      .filter(({ name }) => !approvals.some((one) => one.name === name))
      .map(
        ({ name }) => `APPROVAL REMOVED: ${name}, before ${actionsBehind(name, old).join(", ") || "nothing"}`,
      ),
    ...oldApprovals
      .filter(({ name }) => approvals.some((one) => one.name === name))
      .flatMap(({ name }) => {
        const without = actionsBehind(name, old).filter((action) => now.get(action)?.has(name) === false);
        return without.length === 0 ? [] : [`NO LONGER BEHIND THE APPROVAL ${name}: ${without.join(", ")}`];
      }),
    ...approvals.flatMap(({ name, conditions }) => {
      const was = oldApprovals.find((one) => one.name === name)?.conditions ?? conditions;
      const changed = differences(was, conditions).map(
        ({ path, before, after }) => `${path.map(asName).join(".")} ${shown(before)} → ${shown(after)}`,
      );
      return changed.length === 0 ? [] : [`OTHER CONDITIONS OF THE APPROVAL ${name}: ${changed.join(", ")}`];
    }),
    ...[...now]
      .filter(([name, behind]) => !old.has(name) && behind.size === 0)
      .map(([name]) => `NEW BEFORE EVERY APPROVAL: the action ${name}`),
  ];
}

function objectsIn(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as readonly Json[]).filter(isObject) : [];
}

function shown(condition: Json | undefined): string {
  return condition === undefined ? "none" : cut(JSON.stringify(condition), 150);
}

function approvalsOf(definition: JsonObject): Approval[] {
  return stagesOf(definition).flatMap((stage) => {
    const { name: _name, action: _actions, ...conditions } = stage;
    return actionsOf(stage)
      .filter(isApproval)
      .map((action) => ({ name: nameOf(action), conditions }));
  });
}

/** Maps each action to the approvals that precede it. */
function approvalsBefore(definition: JsonObject): Map<string, ReadonlySet<string>> {
  const given = new Set<string>();
  const before = new Map<string, ReadonlySet<string>>();
  for (const stage of stagesOf(definition)) {
    const actions = actionsOf(stage);
    for (const action of actions) {
      const name = nameOf(action);
      const earlier = actions.filter((one) => isApproval(one) && order(one) < order(action)).map(nameOf);
      const all = new Set([...given, ...earlier]);
      const same = before.get(name);
      // Of two actions with the same name, the approvals that precede both.
      if (!isApproval(action))
        before.set(name, same ? new Set([...all].filter((one) => same.has(one))) : all);
    }
    for (const action of actions.filter(isApproval)) given.add(nameOf(action));
  }
  return before;
}

function actionsBehind(approval: string, before: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...before].filter(([, approvals]) => approvals.has(approval)).map(([name]) => name);
}

function isApproval(action: JsonObject): boolean {
  return action.category === "Approval";
}

function nameOf(action: JsonObject): string {
  return typeof action.name === "string" ? asName(action.name) : "(without a name)";
}

/** Actions of one order run at the same time; CodePipeline counts from 1. */
function order(action: JsonObject): number {
  return Number(action.run_order ?? 1);
}

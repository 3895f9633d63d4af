import { randomUUID } from "node:crypto";
import type { RuleDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import { isOpen } from "./deployment-window";
import type { RuleRun } from "./execution";
import type { EntryState } from "./stage";
import { resolve, type UnresolvedVariable, type Variables } from "./variables";

type Compare = (variable: string, value: string) => boolean;

/** The operators of the rule VariableCheck. */
export const OPERATORS: Readonly<Record<string, Compare>> = {
  EQ: (variable, value) => variable === value,
  NE: (variable, value) => variable !== value,
  CONTAINS: (variable, value) => variable.includes(value),
  // AWS documents Java's `matches`, which compares the whole text.
  MATCHES: (variable, value) => new RegExp(`^(?:${value})$`, "s").test(variable),
};

/** The decision of a stage's entry condition. A stage without a condition has no state. */
export type Entry =
  | { readonly decision: "enter"; readonly state: EntryState | undefined }
  | { readonly decision: "skip" | "fail"; readonly state: EntryState; readonly reason: string };

/**
 * Evaluates the entry conditions of a stage: the first one with a failed rule decides. A rule whose variable has no
 * value fails the stage whatever the condition's result is; a misspelt name would skip the stage forever otherwise.
 */
export function checkEntry(stage: StageDeclaration, variables: Variables): Entry {
  const conditions = stage.beforeEntry?.conditions ?? [];
  let state: EntryState | undefined;
  for (const condition of conditions) {
    const rules = (condition.rules ?? []).map((rule) => checkRule(stage.name!, rule, variables));
    const at = new Date();
    const reason = rules.find(({ status }) => status === "Failed")?.summary ?? "";
    if (rules.some(({ error }) => error)) {
      return { decision: "fail", state: { status: "Errored", at, rules }, reason };
    }
    const holds = rules.every(({ status }) => status === "Succeeded");
    state = { status: holds ? "Succeeded" : "Failed", at, rules };
    // AWS fails the stage when a condition names no result.
    if (!holds) return { decision: condition.result === "SKIP" ? "skip" : "fail", state, reason };
  }
  return { decision: "enter", state };
}

function checkRule(stage: string, declaration: RuleDeclaration, variables: Variables): RuleRun {
  return declaration.ruleTypeId!.provider === "DeploymentWindow"
    ? checkWindow(stage, declaration)
    : checkVariable(stage, declaration, variables);
}

function checkWindow(stage: string, declaration: RuleDeclaration): RuleRun {
  const { configuration = {} } = declaration;
  const at = new Date();
  const open = isOpen(configuration, at);
  const window = `${configuration.Cron} (${configuration.TimeZone ?? "UTC"})`;
  return {
    ...{ id: randomUUID(), stage, declaration, at, error: undefined },
    status: open ? "Succeeded" : "Failed",
    summary: `The deployment window ${window} is ${open ? "open" : "closed"}.`,
    resolvedConfiguration: configuration,
  };
}

function checkVariable(stage: string, declaration: RuleDeclaration, variables: Variables): RuleRun {
  const { Variable = "", Operator = "", Value = "" } = declaration.configuration ?? {};
  const run = { id: randomUUID(), stage, declaration, at: new Date() };
  let actual: string;
  try {
    actual = resolve(Variable, variables);
  } catch (error) {
    const { message } = error as UnresolvedVariable;
    const details = { code: "ConfigurationError", message };
    return { ...run, status: "Failed", summary: message, resolvedConfiguration: undefined, error: details };
  }
  const holds = OPERATORS[Operator]!(actual, Value);
  return {
    ...run,
    status: holds ? "Succeeded" : "Failed",
    summary: `${Variable} is "${actual}": ${Operator} "${Value}" ${holds ? "holds" : "does not hold"}.`,
    resolvedConfiguration: { ...declaration.configuration, Variable: actual },
    error: undefined,
  };
}

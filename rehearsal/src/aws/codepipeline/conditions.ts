import { randomUUID } from "node:crypto";
import type { Result, RuleDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import type { RuleRun } from "./execution";
import type { EntryState } from "./stage";
import { resolve, type UnresolvedVariable, type Variables } from "./variables";

type Compare = (variable: string, value: string) => boolean;

/** The operators of VariableCheck. */
export const OPERATORS: Readonly<Record<string, Compare>> = {
  EQ: (variable, value) => variable === value,
  NE: (variable, value) => variable !== value,
  CONTAINS: (variable, value) => variable.includes(value),
  // Java's `matches`, which is what AWS documents, takes the whole text.
  MATCHES: (variable, value) => new RegExp(`^(?:${value})$`, "s").test(variable),
};

/** What the entry condition of a stage decides. */
export interface Entry {
  /** Undefined: the stage is entered. */
  readonly result: Result | undefined;
  readonly state: EntryState | undefined;
}

/**
 * Evaluates the entry conditions of a stage: the first one with a rule that does not hold decides. A rule
 * that asks for a variable without a value fails the stage whatever the condition's result is: better a
 * failed stage than one that is skipped for ever because of a misspelt name.
 */
export function checkEntry(stage: StageDeclaration, variables: Variables): Entry {
  const conditions = stage.beforeEntry?.conditions ?? [];
  let state: EntryState | undefined;
  for (const condition of conditions) {
    const rules = (condition.rules ?? []).map((rule) => checkRule(stage.name!, rule, variables));
    const at = new Date();
    if (rules.some(({ error }) => error)) return { result: "FAIL", state: { status: "Errored", at, rules } };
    const holds = rules.every(({ status }) => status === "Succeeded");
    state = { status: holds ? "Succeeded" : "Failed", at, rules };
    // FAIL is what AWS does when a condition names no result.
    if (!holds) return { result: condition.result ?? "FAIL", state };
  }
  return { result: undefined, state };
}

function checkRule(stage: string, declaration: RuleDeclaration, variables: Variables): RuleRun {
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

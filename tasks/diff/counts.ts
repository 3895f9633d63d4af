import { actions, type Action } from "./changed-resource";
import { failedStacks, plannedStacks, type DiffReport } from "./report";

/** How many resources of all stacks a plan does something with. */
export type Counts = Readonly<Record<Action, number>>;

export function countsOf(report: DiffReport): Counts {
  const all = plannedStacks(report).flatMap(({ resources }) => resources);
  const count = (action: Action) => all.filter((one) => one.action === action).length;
  return Object.fromEntries(actions.map((action) => [action, count(action)])) as Counts;
}

/** Whether a plan destroys or replaces anything. */
export function isDestructive(report: DiffReport): boolean {
  const { destroyed, replaced } = countsOf(report);
  return destroyed + replaced > 0;
}

/** Returns the counts in words, such as `1 destroyed, 2 changed`, destroyed first. */
export function countsText(report: DiffReport): string {
  const counts = countsOf(report);
  const outputs = plannedStacks(report).reduce((total, stack) => total + stack.outputs.length, 0);
  const parts = [
    ...failedStacks(report).map(({ stack }) => `${stack} failed`),
    ...actions.filter((action) => counts[action] > 0).map((action) => `${counts[action]} ${action}`),
    ...(outputs > 0 ? [`${outputs} ${outputs === 1 ? "output" : "outputs"} changed`] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : "no changes";
}

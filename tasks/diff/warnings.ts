import { plannedStacks, type DiffReport } from "./report";

/** Returns what a reviewer must not miss, a line each: open routes and lost data first, then permissions, then the pipeline. */
export function warningsOf(report: DiffReport): string[] {
  const { permissions, definition, onlyInState, bootstrapOnly } = report;
  return [
    ...plannedStacks(report).flatMap(({ stack, resources }) =>
      resources
        .filter((one) => one.opensRoute)
        .map(({ address }) => `OPENED: anyone is allowed to call ${address} of ${stack}`),
    ),
    ...plannedStacks(report).flatMap(({ stack, resources }) =>
      resources
        .filter(({ soonerExpiry }) => soonerExpiry !== undefined)
        .map(
          ({ address, soonerExpiry }) =>
            `DELETED SOONER: old versions in ${address} of ${stack}, ${soonerExpiry}`,
        ),
    ),
    ...plannedStacks(report).flatMap(({ stack, resources }) =>
      resources
        .filter(({ lost }) => lost !== undefined)
        .map(({ action, address, lost }) => `${action.toUpperCase()}: ${address} of ${stack}, with ${lost}`),
    ),
    ...("error" in permissions
      ? [`The permissions could not be compared: ${permissions.error}`]
      : permissions.lines.map((line) => `Added permission: ${line}`)),
    ...("error" in definition
      ? [`The pipeline's definition could not be compared: ${definition.error}`]
      : definition.lines.map((line) => `The pipeline: ${line}`)),
    ...onlyInState.map(
      (stack) => `The stack ${stack} has a state, but this commit does not synthesize it: it is not planned.`,
    ),
    ...bootstrapOnly.map((address) => `Only npm run bootstrap deploys ${address} of the state stack.`),
  ];
}

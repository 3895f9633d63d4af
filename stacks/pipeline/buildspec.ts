/** Where a buildspec's list begins. */
const LIST = "  exported-variables:\n";

/**
 * Returns a buildspec that exports more variables than its own list: those of the functions are not typed in a buildspec.
 *
 * @throws Error if it has no list
 */
export function withExports(buildspec: string, variables: readonly string[]): string {
  if (variables.length === 0) return buildspec;
  const [before, after] = buildspec.split(LIST);
  if (before === undefined || after === undefined)
    throw new Error(
      `The buildspec must have one list exported-variables, to which ${variables.join(", ")} are added.`,
    );
  return [before, LIST, ...variables.map((name) => `    - ${name}\n`), after].join("");
}

/** The values of variables by namespace and name, such as `UnitTest` and `CommitId`. */
export type Variables = ReadonlyMap<string, Readonly<Record<string, string>>>;

const REFERENCE = /#\{([\w@.-]+?)\.([\w@-]+)\}/g;

/** A referenced variable has no value. */
export class UnresolvedVariable extends Error {
  constructor(reference: string, variables: Variables) {
    const namespaces = [...variables.keys()].join(", ");
    super(`The variable ${reference} has no value at this point. Namespaces so far: ${namespaces}.`);
  }
}

/**
 * Replaces every `#{namespace.name}` in a text.
 * @throws UnresolvedVariable
 */
export function resolve(text: string, variables: Variables): string {
  return text.replace(REFERENCE, (reference: string, namespace: string, name: string) => {
    const values = variables.get(namespace);
    const value = values && Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new UnresolvedVariable(reference, variables);
    return value;
  });
}

/** Resolves the values of an action's configuration. */
export function resolveAll(
  configuration: Readonly<Record<string, string>>,
  variables: Variables,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => [key, resolve(value, variables)]),
  );
}

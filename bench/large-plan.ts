import type { Plan, ResourceChange } from "../tasks/terraform/plan";
import { entriesOf, type JsonObject } from "../stacks/stack-json";

/**
 * Returns a stack with so many resources: those of another stack again and again, under other names. References stay
 * among the resources of one copy.
 */
export function enlarged(stack: JsonObject, count: number): JsonObject {
  const types = entriesOf(stack.resource);
  const own = types.flatMap(([, named]) => entriesOf(named)).length;
  const large: Record<string, Record<string, unknown>> = {};
  for (let copy = 0; copy * own < count; copy++) {
    const names = types.flatMap(([type, named]) => entriesOf(named).map(([name]) => `${type}.${name}`));
    const renamed = JSON.stringify(stack.resource).replace(
      new RegExp(`\\b(${names.map((name) => name.replace(".", "\\.")).join("|")})(?![\\w-])`, "g"),
      (address) => `${address}_${copy}`,
    );
    for (const [type, named] of Object.entries(JSON.parse(renamed) as JsonObject)) {
      for (const [name, resource] of entriesOf(named)) (large[type] ??= {})[`${name}_${copy}`] = resource;
    }
  }
  return { ...stack, resource: large as unknown as JsonObject };
}

/** Returns a plan that changes every resource of a stack, and imports and moves some. */
export function planOf(stack: JsonObject): Plan {
  const changes = entriesOf(stack.resource).flatMap(([type, named]) =>
    entriesOf(named).map(([name, after], index): ResourceChange => {
      const address = `${type}.${name}`;
      return {
        address,
        ...(index % 10 === 1 && { previous_address: `${address}_before` }),
        change: {
          actions: ["update"],
          ...(index % 10 === 2 && { importing: { id: name } }),
          before: { ...(after as JsonObject), description: "before" },
          after: after as JsonObject,
          after_unknown: { arn: true },
        },
      };
    }),
  );
  return { resource_changes: changes, output_changes: { url: { actions: ["update"] } } };
}

import { AwsError } from "../aws-error";
import type { ServiceModel, Shape } from "./service-model";

/**
 * Validates an input against the constraints of its model: required members, enums, patterns, lengths and ranges.
 *
 * The messages are those of AWS (hashicorp/terraform-provider-aws#41023, awslabs/cloudfront-hosting-toolkit#12,
 * LBHackney-IT/Data-Platform#2738). Some services repeat the value; here it is always
 * omitted, as CodePipeline does, because it can be a token. A service can accept more than its published model
 * (CodePipeline accepts 50,000 characters of configuration, its model 1,000); it accepts what is accepted here.
 *
 * @throws ValidationException, or the error that the operation declares instead
 */
export function checkConstraints(model: ServiceModel, operation: string, input: object): void {
  const shape = model.operations[operation]?.input?.shape;
  const problems = shape ? problemsOf(model, shape, input, "") : [];
  if (problems.length === 0) return;
  const detected = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected`;
  throw new AwsError(codeOf(model, operation), `${detected}: ${problems.join("; ")}`);
}

/** Connections declare none of these, but return the one that all services share. */
function codeOf(model: ServiceModel, operation: string): string {
  const declared = model.operations[operation]?.errors?.map(({ shape }) => shape) ?? [];
  const codes = ["ValidationException", "InvalidInputException", "IllegalArgumentException"];
  return codes.find((code) => declared.includes(code)) ?? "ValidationException";
}

function problemsOf(model: ServiceModel, name: string, value: unknown, path: string): string[] {
  const shape = model.shapes[name]!;
  if (value === null) return [problem(path, "Member must not be null")];
  if (shape.type === "structure") return structureProblems(model, shape, value as object, path);
  const own = violations(shape, value).map((constraint) => problem(path, constraint));
  if (shape.type === "list") {
    const items = (value as unknown[]).map((item, index) => [`${index + 1}`, item] as const);
    return [
      ...own,
      ...itemProblems(model, shape.member!.shape, items, path, "Member must satisfy constraint"),
    ];
  }
  if (shape.type === "map") {
    const entries = Object.entries(value as object) as [string, unknown][];
    const keys = entries.map(([key]) => [key, key] as const);
    return [
      ...own,
      ...itemProblems(model, shape.key!.shape, keys, path, "Map keys must satisfy constraint"),
      ...itemProblems(model, shape.value!.shape, entries, path, "Map value must satisfy constraint"),
    ];
  }
  return own;
}

function structureProblems(model: ServiceModel, shape: Shape, value: object, path: string): string[] {
  return Object.entries(shape.members ?? {}).flatMap(([name, member]) => {
    // Members begin with lowercase letters in messages, even if they are capitalized on the wire.
    const place = `${path && `${path}.`}${name[0]!.toLowerCase()}${name.slice(1)}`;
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined) return problemsOf(model, member.shape, item, place);
    return shape.required?.includes(name) ? [problem(place, "Member must not be null")] : [];
  });
}

/** All scalar items have one error, which lists all constraints. */
function itemProblems(
  model: ServiceModel,
  name: string,
  items: readonly (readonly [string, unknown])[],
  path: string,
  message: string,
): string[] {
  const shape = model.shapes[name]!;
  if (["structure", "list", "map"].includes(shape.type)) {
    return items.flatMap(([key, item]) => problemsOf(model, name, item, `${path}.${key}.member`));
  }
  if (items.some(([, item]) => item === null))
    return [problem(path, `${message}: [Member must not be null]`)];
  if (!items.some(([, item]) => violations(shape, item).length > 0)) return [];
  const all = constraintsOf(shape).map(({ text }) => text);
  return [problem(path, `${message}: [${all.join(", ")}]`)];
}

function problem(path: string, constraint: string): string {
  return `Value at '${path}' failed to satisfy constraint: ${constraint}`;
}

/** Returns the constraints that a value violates. The pattern is omitted for a value of the wrong length. */
function violations(shape: Shape, value: unknown): string[] {
  const failed = constraintsOf(shape).filter(({ holds }) => !holds(value));
  const sized = failed.filter(({ isPattern }) => !isPattern);
  return (sized.length > 0 ? sized : failed).map(({ text }) => text);
}

interface Constraint {
  readonly text: string;
  readonly isPattern?: true;
  readonly holds: (value: unknown) => boolean;
}

function constraintsOf({ type, enum: values, pattern, min, max }: Shape): Constraint[] {
  const what = ["integer", "long", "double"].includes(type) ? "value" : "length";
  return [
    ...(max === undefined
      ? []
      : [{ text: `Member must have ${what} less than or equal to ${max}`, holds: atMost(max) }]),
    ...(min === undefined
      ? []
      : [{ text: `Member must have ${what} greater than or equal to ${min}`, holds: atLeast(min) }]),
    ...(pattern === undefined
      ? []
      : [
          {
            text: `Member must satisfy regular expression pattern: ${pattern}`,
            isPattern: true as const,
            holds: (value: unknown) => matcher(pattern).test(value as string),
          },
        ]),
    ...(values === undefined
      ? []
      : [
          {
            text: `Member must satisfy enum value set: [${values.join(", ")}]`,
            holds: (value: unknown) => values.includes(value as string),
          },
        ]),
  ];
}

const atMost = (limit: number) => (value: unknown) => sizeOf(value) <= limit;
const atLeast = (limit: number) => (value: unknown) => sizeOf(value) >= limit;

/** Returns a number itself, or a text's characters, of which JavaScript's `length` counts some twice. */
function sizeOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") return [...value].length;
  return Array.isArray(value) ? value.length : Object.keys(value as object).length;
}

const matchers = new Map<string, RegExp>();

/** Returns the regular expression of a pattern, which must match the whole value. */
function matcher(pattern: string): RegExp {
  const known = matchers.get(pattern) ?? new RegExp(`^(?:${pattern})$`, "u");
  matchers.set(pattern, known);
  return known;
}

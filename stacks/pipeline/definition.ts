import { createHash } from "node:crypto";
import { entriesOf, isObject, valueAt, type Json, type JsonObject } from "../stack-json";

/**
 * Returns the SHA-256 of the pipeline's definition: of the pipeline stack without comments, and without the digest
 * itself in the two places that carry it, the output `digest` and the conditions that compare with `PIPELINE_DIGEST`.
 * CheckBuild computes it from the stack and trusts no other value. The order of keys does not count.
 */
export function definitionDigest(stack: JsonObject): string {
  return createHash("sha256")
    .update(JSON.stringify(definition(stack)))
    .digest("hex");
}

/** Returns the pipeline's definition in its canonical form, which can be compared. */
export function definition(stack: JsonObject): JsonObject {
  const { "//": _comment, ...rest } = stack;
  return replaced(rest, []) as JsonObject;
}

/** Returns where a pipeline stack carries another digest than its own, one problem per line. */
export function digestProblems(stack: JsonObject): string[] {
  const digest = definitionDigest(stack);
  const carried: [string, Json | undefined][] = [
    ["output.digest", valueAt(stack, "output", "digest", "value")],
  ];
  visit(stack, [], (value, path) => {
    if (isComparison(value)) carried.push([path.join("."), value.Value]);
  });
  return carried
    .filter(([, value]) => value !== digest)
    .map(([at, value]) => `${at} is ${JSON.stringify(value)}, and the definition's digest is ${digest}`);
}

type Path = readonly (string | number)[];

/** The configuration of a VariableCheck that compares with the digest of the commit. */
function isComparison(value: Json): value is JsonObject {
  return (
    isObject(value) &&
    typeof value.Variable === "string" &&
    /^#\{\w+\.PIPELINE_DIGEST\}$/.test(value.Variable)
  );
}

/** A value with its keys in order, without comments and without the digest. */
function replaced(value: Json, path: Path): Json {
  if (Array.isArray(value))
    return (value as readonly Json[]).map((one, index) => replaced(one, [...path, index]));
  if (!isObject(value)) return path.join(".") === "output.digest.value" ? "" : value;
  // The comment of a resource: elsewhere `//` is an ordinary key.
  const isCommented = (path[0] === "resource" || path[0] === "data") && path.length === 3;
  return Object.fromEntries(
    entriesOf(isComparison(value) ? { ...value, Value: "" } : value)
      .filter(([key]) => !(isCommented && key === "//"))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, one]) => [key, replaced(one, [...path, key])]),
  );
}

function visit(value: Json, path: Path, see: (value: Json, path: Path) => void): void {
  see(value, path);
  const below = Array.isArray(value) ? [...(value as readonly Json[]).entries()] : entriesOf(value);
  for (const [key, one] of below) visit(one, [...path, key], see);
}

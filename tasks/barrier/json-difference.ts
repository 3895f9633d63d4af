import { isDeepStrictEqual } from "node:util";
import { isObject, valueAt, type Json, type JsonObject } from "../../stacks/stack-json";

/** A value that differs; undefined where it is missing. */
export interface Difference {
  /** Where it is: keys, and in lists the name of an entry, or its index where it has none. */
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/**
 * Returns what differs between two values, as deep as possible. Entries of a list are compared by name if all have one;
 * JSON documents in a string, such as policies, are compared as documents.
 */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [one, other] = [parts(before), parts(after)];
  if (one === undefined || other === undefined) return [{ path, before, after }];
  const keys = [...new Set([...one.keys(), ...other.keys()])];
  const below = keys.flatMap((key) => differences(one.get(key), other.get(key), [...path, key]));
  // Only the order of named entries differs, or the spelling of a document.
  return below.length > 0 ? below : [{ path, before, after }];
}

/** Returns the parts of a value by key; undefined where it has none. */
function parts(value: Json | undefined): Map<string, Json> | undefined {
  if (typeof value === "string") return parts(document(value));
  if (Array.isArray(value)) return namedParts(value as readonly Json[]);
  return isObject(value) ? new Map(Object.entries(value)) : undefined;
}

function namedParts(list: readonly Json[]): Map<string, Json> {
  const names = list.map((one) => valueAt(one, "name"));
  const areNamed = names.every((name) => typeof name === "string") && new Set(names).size === list.length;
  return new Map(list.map((one, index) => [areNamed ? (names[index] as string) : String(index), one]));
}

/** Parses a string that is a JSON object or list. */
function document(text: string): JsonObject | readonly Json[] | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonObject | readonly Json[];
  } catch {
    return undefined;
  }
}

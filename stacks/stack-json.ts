import { excerpt } from "./visible-text";

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Bytes of a stack: ours have 110 kB. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** Values within values: ours have 12. */
const MOST_LEVELS = 40;

/**
 * Reads a stack as cdktf has written it. Terraform's reader and this one could understand other JSON in two ways
 * (it takes a key that is there twice for two blocks), so other JSON is refused.
 *
 * @throws Error that says what is wrong with it
 */
export function readStackJson(text: string): JsonObject {
  if (Buffer.byteLength(text) > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
  const json = parsed(text);
  if (!isObject(json)) throw new Error("it is not a JSON object");
  if (levels(text) > MOST_LEVELS) throw new Error(`it has more than ${MOST_LEVELS} levels`);
  const [found, expected] = [withoutSpace(text), JSON.stringify(json)];
  if (found !== expected) {
    let at = 0;
    while (found[at] === expected[at]) at++;
    const place = excerpt(found.slice(Math.max(0, at - 60), at + 20));
    throw new Error(`it is not written as cdktf writes it, with each key once: at ${place}`);
  }
  return json;
}

/** Whether a value is an object, and neither a list nor null. */
export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** The own properties of a value, none where it is no object. */
export function entriesOf(json: Json | undefined): [string, Json][] {
  return isObject(json) ? Object.entries(json) : [];
}

/** A value below another, by keys and indexes; undefined where there is none. */
export function valueAt(json: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as JsonObject)[key]
        : undefined,
    json,
  );
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new Error(`it is not JSON: ${(error as Error).message.slice(0, 200)}`, { cause: error });
  }
}

const TEXT = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;

function levels(text: string): number {
  let [level, most] = [0, 0];
  for (const [token] of text.matchAll(new RegExp(`${TEXT}|[{}[\\]]`, "g"))) {
    if (token === "{" || token === "[") most = Math.max(most, ++level);
    if (token === "}" || token === "]") level--;
  }
  return most;
}

function withoutSpace(text: string): string {
  return text.replace(new RegExp(`(${TEXT})|\\s+`, "g"), "$1");
}

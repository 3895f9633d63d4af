import { types } from "node:util";
import { deserialize, serialize } from "node:v8";

/** Marks an instance of a class among plain objects. */
const CLASS = "\u0000class";

/** Creates an instance for the saved fields, by the name of its class. */
export type Classes = Readonly<Record<string, () => object>>;

/** Transforms strings, and objects other than arrays, Map, Set, Date and Buffer. */
interface Change {
  text(text: string): string;
  /** The object that gets the fields; those of `fields` are copied into it. */
  object(value: object, place: string): { target: Record<string, unknown>; fields: object };
}

/**
 * Serializes data, including circular references. Fields whose names begin with `#` are not saved.
 * @throws when it holds a function, or an instance of a class that is not among `classes`
 */
export function saveObjects(data: unknown, classes: Classes): Buffer {
  const object: Change["object"] = (value, place) => {
    const prototype = Object.getPrototypeOf(value) as { constructor: { name: string } } | null;
    const name = prototype?.constructor.name ?? "Object";
    if (name === "Object") return { target: {}, fields: value };
    if (name in classes) return { target: { [CLASS]: name }, fields: value };
    throw new Error(`${place} is a ${name}; it cannot be saved.`);
  };
  return serialize(copy(data, { text: (text) => text, object }, "the state", new Map()));
}

/** Deserializes data, with each string changed. */
export function restoreObjects(bytes: Buffer, classes: Classes, text: (text: string) => string): unknown {
  const object: Change["object"] = (value) => {
    const { [CLASS]: name, ...fields } = value as Record<string, unknown>;
    const target = typeof name === "string" ? classes[name]!() : {};
    return { target: target as Record<string, unknown>, fields };
  };
  return copy(deserialize(bytes), { text, object }, "the state", new Map());
}

/** Copies data; an object that is referenced twice is one object in the copy. */
function copy(value: unknown, change: Change, place: string, known: Map<object, unknown>): unknown {
  if (typeof value === "string") return change.text(value);
  if (typeof value === "function") throw new Error(`${place} is a function; it cannot be saved.`);
  if (typeof value !== "object" || value === null) return value;
  // Not with `instanceof`: in Jest, objects of v8 belong to another realm.
  if (types.isDate(value)) return new Date(value.getTime());
  if (types.isUint8Array(value)) return value;
  if (known.has(value)) return known.get(value);
  const inner = (one: unknown, name: string) => copy(one, change, `${place}.${name}`, known);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    known.set(value, list);
    for (const [index, one] of value.entries()) list.push(inner(one, String(index)));
    return list;
  }
  if (types.isMap(value)) {
    const map = new Map<unknown, unknown>();
    known.set(value, map);
    for (const [key, one] of value) map.set(inner(key, "key"), inner(one, String(key)));
    return map;
  }
  if (types.isSet(value)) {
    const set = new Set<unknown>();
    known.set(value, set);
    for (const one of value) set.add(inner(one, "member"));
    return set;
  }
  const { target, fields } = change.object(value, place);
  known.set(value, target);
  for (const [name, one] of Object.entries(fields)) target[name] = inner(one, name);
  return target;
}

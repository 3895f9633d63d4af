import { AwsError } from "../aws-error";
import type { ServiceModel, Shape } from "./service-model";

/** The ranges of 32-bit and 64-bit integers, the latter limited to the safe integers of JavaScript. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  integer: [-(2 ** 31), 2 ** 31 - 1],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The names of types in a SerializationException. */
const NAMES: Readonly<Record<string, string>> = {
  string: "a String",
  boolean: "a Boolean",
  integer: "an Integer",
  long: "a Long",
  double: "a Double",
  timestamp: "a Timestamp",
};

/**
 * Deserializes the input of an operation as its service does: every member has its type in the model, and unknown or
 * null members are dropped. Constraints are validated later, after authorization.
 *
 * A wrong type is rejected as in AWS (aws/aws-cdk#27087, localstack/localstack#9412), never converted. AWS does not
 * document that it rejects unknown members, and clients that are newer than the service send them.
 *
 * @throws SerializationException
 */
export function readInput(model: ServiceModel, operation: string, body: object): object {
  const input = model.operations[operation]?.input;
  return input ? (read(model, input.shape, body, "") as object) : {};
}

function read(model: ServiceModel, name: string, value: unknown, path: string): unknown {
  const shape = model.shapes[name]!;
  switch (shape.type) {
    case "structure":
      return readStructure(model, shape, value, path);
    case "list":
      if (!Array.isArray(value)) throw unexpected(value, "list", path);
      return value.map((item, index) =>
        item === null ? null : read(model, shape.member!.shape, item, `${path}.${index + 1}.member`),
      );
    case "map":
      return readMap(model, shape, value, path);
    default:
      return readScalar(shape, value, path);
  }
}

function readStructure(model: ServiceModel, shape: Shape, value: unknown, path: string): object {
  if (!isObject(value)) throw unexpected(value, "structure", path);
  const members = Object.entries(shape.members ?? {}).flatMap(([name, { shape }]) => {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member === undefined || member === null) return [];
    return [[name, read(model, shape, member, path ? `${path}.${name}` : name)]];
  });
  return Object.fromEntries(members) as object;
}

function readMap(model: ServiceModel, shape: Shape, value: unknown, path: string): object {
  if (!isObject(value)) throw unexpected(value, "map", path);
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    item === null ? null : read(model, shape.value!.shape, item, `${path}.${key}.member`),
  ]);
  return Object.fromEntries(entries) as object;
}

function readScalar({ type }: Shape, value: unknown, path: string): unknown {
  const range = RANGES[type];
  if (range) {
    if (Number.isInteger(value) && (value as number) >= range[0] && (value as number) <= range[1])
      return value;
  } else if (type === "double" || type === "timestamp") {
    if (typeof value === "number") return value;
  } else if (typeof value === type) return value;
  throw unexpected(value, type, path);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** AWS does not name the member; the rehearsal does, for the developer. */
function unexpected(value: unknown, type: string, path: string): AwsError {
  return new AwsError("SerializationException", `${reason(value, type)} (at '${path}')`);
}

function reason(value: unknown, type: string): string {
  if (Array.isArray(value)) return "Start of list found where not expected";
  if (typeof value === "object") return "Start of structure or map found where not expected";
  const kind = typeof value === "boolean" ? `${value}` : typeof value;
  return `${kind.toUpperCase()}_VALUE can not be converted to ${NAMES[type] ?? `a ${type}`}`;
}

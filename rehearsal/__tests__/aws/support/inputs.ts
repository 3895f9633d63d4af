import fc from "fast-check";
import { codePoint } from "../../../../__tests__/support/code-point";
import type { ServiceModel, Shape } from "../../../src/aws/model/service-model";

/** An input that a model refuses, for one reason. */
export interface RefusedInput {
  readonly reason: string;
  readonly input: unknown;
  /** Not even the type is correct. */
  readonly isType: boolean;
}

type Fault = Omit<RefusedInput, "input"> & { readonly value: unknown };

/** Texts of which one at least satisfies each pattern of the models. */
const TEXTS = [
  "aa",
  "a",
  "123456789012",
  "AWS",
  "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d",
  "arn:aws:iam::123456789012:role/a",
  "arn:aws:codepipeline:eu-west-1:123456789012:aa",
  "arn:aws:codestar-connections:eu-west-1:123456789012:host/a",
  "arn:aws:codestar-connections:eu-west-1:123456789012:connection/a",
];

/** Texts of which one at least breaks each pattern that can be broken. */
const ODD = ["!", "\n", "!!!", "§", "arn:aws:iam::1:role/a"];

const matches = (pattern: string | undefined, text: string) =>
  pattern === undefined || new RegExp(`^(?:${pattern})$`, "u").test(text);

const fits = ({ min = 0, max = Infinity }: Shape, size: number) => size >= min && size <= max;

/** Valid and invalid inputs of operations, as their model describes them. */
export class Inputs {
  constructor(private readonly model: ServiceModel) {}

  /** The smallest input that the model takes. */
  smallest(operation: string): object {
    return this.sample(this.input(operation)) as object;
  }

  /** Any input that the model takes. */
  valid(operation: string): fc.Arbitrary<unknown> {
    return this.arbitrary(this.input(operation), []);
  }

  /** Inputs that break the model in one place each: every constraint and every type of every member. */
  refused(operation: string): RefusedInput[] {
    return this.faults(this.input(operation), "input", []).map(({ value, ...fault }) => ({
      ...fault,
      input: value,
    }));
  }

  private input(operation: string): string {
    return this.model.operations[operation]!.input!.shape;
  }

  private shape(name: string): Shape {
    return this.model.shapes[name]!;
  }

  private sample(name: string): unknown {
    const shape = this.shape(name);
    const count = shape.min ?? 0;
    switch (shape.type) {
      case "structure":
        return Object.fromEntries(
          (shape.required ?? []).map((member) => [member, this.sample(shape.members![member]!.shape)]),
        );
      case "list":
        return Array.from({ length: count }, () => this.sample(shape.member!.shape));
      case "map":
        return count === 0 ? {} : { [this.text(shape.key!.shape)]: this.sample(shape.value!.shape) };
      case "string":
        return this.text(name);
      case "boolean":
        return true;
      default:
        return shape.min ?? 1;
    }
  }

  private text(name: string): string {
    const shape = this.shape(name);
    if (shape.enum) return shape.enum[0]!;
    const text = [...TEXTS, "a".repeat(shape.min ?? 0)].find(
      (one) => fits(shape, one.length) && matches(shape.pattern, one),
    );
    if (text === undefined) throw new Error(`No text of this file is a ${name}: ${JSON.stringify(shape)}`);
    return text;
  }

  private arbitrary(name: string, above: readonly string[]): fc.Arbitrary<unknown> {
    const shape = this.shape(name);
    // What contains itself, and what is too deep to be interesting, is as small as it may be.
    if (above.includes(name) || above.length > 8) return fc.constant(this.sample(name));
    const inner = (one: { shape: string }) => this.arbitrary(one.shape, [...above, name]);
    const size = {
      minLength: shape.min ?? 0,
      maxLength: Math.max(shape.min ?? 0, Math.min(shape.max ?? 2, 2)),
    };
    switch (shape.type) {
      case "structure": {
        const members = Object.entries(shape.members!).map(([member, ref]) => [member, inner(ref)]);
        return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
          requiredKeys: [...(shape.required ?? [])],
        });
      }
      case "list":
        return fc.array(inner(shape.member!), size);
      case "map":
        return fc.dictionary(inner(shape.key!) as fc.Arbitrary<string>, inner(shape.value!), {
          minKeys: size.minLength,
          maxKeys: size.maxLength,
        });
      case "string":
        if (shape.enum) return fc.constantFrom(...shape.enum);
        return fc
          .oneof(fc.constantFrom(...TEXTS), fc.string({ unit: codePoint, maxLength: 20 }))
          .map((text) =>
            fits(shape, [...text].length) && matches(shape.pattern, text) ? text : this.text(name),
          );
      case "boolean":
        return fc.boolean();
      default:
        return fc.integer({ min: shape.min ?? -5, max: shape.max ?? 2 ** 31 - 1 });
    }
  }

  private faults(name: string, path: string, above: readonly string[]): Fault[] {
    const shape = this.shape(name);
    if (above.includes(name)) return [];
    const inner = (ref: { shape: string }, key: string) =>
      this.faults(ref.shape, `${path}.${key}`, [...above, name]);
    switch (shape.type) {
      case "structure":
        return this.structureFaults(name, path, inner);
      case "list":
        return [
          ...types(path, ["x", 1, true, { toString: 1 }]),
          ...this.sizeFaults(name, path),
          { reason: `${path} has a null`, value: [null], isType: false },
          ...inner(shape.member!, "0").map((fault) => ({
            ...fault,
            value: [fault.value, ...(this.sample(name) as unknown[]).slice(1)],
          })),
        ];
      case "map":
        return [
          ...types(path, ["x", 1, true, []]),
          { reason: `${path} has a null`, value: { [this.text(shape.key!.shape)]: null }, isType: false },
          ...inner(shape.value!, "value").map((fault) => ({
            ...fault,
            value: { [this.text(shape.key!.shape)]: fault.value },
          })),
          ...inner(shape.key!, "key")
            .filter(({ isType }) => !isType)
            .map((fault) => ({
              ...fault,
              value: { [fault.value as string]: this.sample(shape.value!.shape) },
            })),
        ];
      case "string":
        return this.textFaults(shape, path);
      case "boolean":
        return types(path, ["true", 1, [], { toString: 1 }]);
      default:
        return [
          ...types(path, ["1", true, [], { toString: 1 }]),
          ...(shape.type === "integer" ? types(path, [1.5, 2 ** 31, -(2 ** 31) - 1]) : []),
          ...constraint(`${path} is too small`, shape.min, (min) => min - 1),
          ...constraint(`${path} is too large`, shape.max, (max) => max + 1),
        ];
    }
  }

  private structureFaults(
    name: string,
    path: string,
    inner: (ref: { shape: string }, key: string) => Fault[],
  ): Fault[] {
    const { members = {}, required = [] } = this.shape(name);
    const sample = this.sample(name) as Record<string, unknown>;
    const missing = required.flatMap((member) => {
      const { [member]: _, ...value } = sample;
      const reason = `${path}.${member} is missing`;
      return [
        { reason, value, isType: false },
        { reason: `${path}.${member} is null`, value: { ...sample, [member]: null }, isType: false },
      ];
    });
    const within = Object.entries(members).flatMap(([member, ref]) =>
      inner(ref, member).map((fault) => ({ ...fault, value: { ...sample, [member]: fault.value } })),
    );
    return [...types(path, path === "input" ? [[]] : ["x", 1, []]), ...missing, ...within];
  }

  private sizeFaults(name: string, path: string): Fault[] {
    const { min = 0, max = Infinity, member } = this.shape(name);
    const items = (length: number) => Array.from({ length }, () => this.sample(member!.shape));
    return [
      ...(min > 0 ? [{ reason: `${path} is too short`, value: items(min - 1), isType: false }] : []),
      ...(max <= 1000 ? [{ reason: `${path} is too long`, value: items(max + 1), isType: false }] : []),
    ];
  }

  private textFaults(shape: Shape, path: string): Fault[] {
    const odd = ODD.find((text) => fits(shape, text.length) && !matches(shape.pattern, text));
    return [
      ...types(path, [1, true, [], { toString: 1 }, { constructor: { name: 1 } }]),
      ...(shape.enum ? [{ reason: `${path} is not of its enum`, value: "none", isType: false }] : []),
      ...(odd === undefined ? [] : [{ reason: `${path} breaks its pattern`, value: odd, isType: false }]),
      ...(shape.min
        ? [{ reason: `${path} is too short`, value: "a".repeat(shape.min - 1), isType: false }]
        : []),
      ...constraint(`${path} is too long`, shape.enum ? undefined : shape.max, (max) => "a".repeat(max + 1)),
    ];
  }
}

function types(path: string, values: readonly unknown[]): Fault[] {
  return values.map((value) => ({ reason: `${path} is ${JSON.stringify(value)}`, value, isType: true }));
}

function constraint(reason: string, limit: number | undefined, value: (limit: number) => unknown): Fault[] {
  return limit === undefined ? [] : [{ reason, value: value(limit), isType: false }];
}

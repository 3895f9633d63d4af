import fc from "fast-check";
import { entriesOf, isObject, readStackJson, valueAt, type JsonObject } from "../../../stacks/stack-json";

describe("readStackJson", () => {
  it("reads what JSON.stringify and cdktf write", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2, "\t"), (json, space) => {
        const text = JSON.stringify(json, null, space);
        expect(readStackJson(text)).toEqual(JSON.parse(text));
      }),
    );
    expect(readStackJson('{\n  "a": {\n  }\n}\n')).toEqual({ a: {} });
  });

  it.each([
    ["a key twice", '{"a": 1, "b": {}, "a": 2}'],
    ["a key twice in an object", '{"a": {"b": 1, "b": 1}}'],
    ["a key twice, once with an escape", String.raw`{"a": 1, "\u0061": 2}`],
    ["an escape that need not be", String.raw`{"\u0061": 1}`],
    ["a number in another form", '{"a": 1.0}'],
    ["a large number", '{"a": 1e400}'],
    ["digits that are lost", '{"a": 12345678901234567890}'],
    ["a key that JavaScript moves", '{"b": 1, "1": 2}'],
  ])("refuses %s", (_what, text) => {
    expect(() => readStackJson(text)).toThrow("not written as cdktf writes it");
  });

  it("shows where", () => {
    expect(() => readStackJson('{"first": 1, "first": 2}')).toThrow(
      String.raw`at "{\"first\":1,\"first\":2}"`,
    );
  });

  it.each([
    ["nothing", ""],
    ["a text", '"x"'],
    ["a list", "[]"],
    ["null", "null"],
    ["a comment", "{} // x"],
    ["two values", "{}{}"],
    ["a byte order mark", "\uFEFF{}"],
    ["HCL", 'resource "x" "y" {}'],
  ])("refuses %s", (_what, text) => {
    expect(() => readStackJson(text)).toThrow(/it is no JSON/);
  });

  it("refuses what is large or deep before it works on it", () => {
    expect(() => readStackJson(`{"a":"${"x".repeat(5_000_000)}"}`)).toThrow("bytes");
    expect(() => readStackJson(`{"a":${"[".repeat(50)}${"]".repeat(50)}}`)).toThrow("levels");
    expect(() => readStackJson(`{"a":${"[".repeat(500_000)}${"]".repeat(500_000)}}`)).toThrow("levels");
    expect(() => readStackJson(`${'{"a":'.repeat(300_000)}1${"}".repeat(300_000)}`)).toThrow("levels");
    expect(readStackJson(`{"a":"${"[".repeat(1000)}"}`)).toEqual({ a: "[".repeat(1000) });
  });

  it("takes a key of the prototype for a key", () => {
    const json = readStackJson('{"__proto__":{"x":1},"constructor":{}}');
    expect(Object.keys(json)).toEqual(["__proto__", "constructor"]);
    expect(valueAt(json, "x")).toBeUndefined();
  });
});

describe("valueAt", () => {
  it("finds own values only", () => {
    const json: JsonObject = { a: [{ b: null }], c: "text" };
    expect(valueAt(json, "a", 0)).toEqual({ b: null });
    expect(valueAt(json, "a", 0, "b")).toBeNull();
    for (const path of [
      ["toString"],
      ["a", "length", "x"],
      ["a", 1],
      ["c", "length"],
      ["a", 0, "b", "c"],
      ["x", "y"],
    ])
      expect(valueAt(json, ...path)).toBeUndefined();
  });
});

it("isObject and entriesOf tell objects from lists, texts and null", () => {
  expect([{}, [], null, "x", 1, true, undefined].map(isObject)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(entriesOf(["x"])).toEqual([]);
  expect(entriesOf({ a: 1 })).toEqual([["a", 1]]);
});

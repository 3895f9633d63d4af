import fc from "fast-check";
import {
  entriesOf,
  isObject,
  MOST_BYTES,
  readStackJson,
  valueAt,
  type JsonObject,
} from "../../../stacks/stack-json";

describe("readStackJson", () => {
  it("reads the output of JSON.stringify and cdktf", () => {
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

  it("names the position of a problem", () => {
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
    expect(() => readStackJson(text)).toThrow(/it is not (a )?JSON/);
  });

  it("refuses what is too large or too deep before it parses it", () => {
    expect(() => readStackJson(`{"a":"${"x".repeat(5_000_000)}"}`)).toThrow("bytes");
    expect(() => readStackJson(`{"a":${"[".repeat(50)}${"]".repeat(50)}}`)).toThrow("levels");
    expect(() => readStackJson(`{"a":${"[".repeat(500_000)}${"]".repeat(500_000)}}`)).toThrow("levels");
    expect(() => readStackJson(`${'{"a":'.repeat(300_000)}1${"}".repeat(300_000)}`)).toThrow("levels");
    expect(readStackJson(`{"a":"${"[".repeat(1000)}"}`)).toEqual({ a: "[".repeat(1000) });
  });

  it("accepts as many bytes and levels as it says, and not one more", () => {
    const bytes = (count: number) => `{"a":"${"x".repeat(count - '{"a":""}'.length)}"}`;
    expect(readStackJson(bytes(MOST_BYTES))).toHaveProperty("a");
    expect(() => readStackJson(bytes(MOST_BYTES + 1))).toThrow("it has more than 4194304 bytes");
    const levels = (count: number) => `{"a":${"[".repeat(count - 1)}${"]".repeat(count - 1)}}`;
    expect(readStackJson(levels(40))).toHaveProperty("a");
    expect(() => readStackJson(levels(41))).toThrow("it has more than 40 levels");
  });

  it("shows eighty characters around a problem, and no more of text that is not JSON", () => {
    const twice = `{"${"x".repeat(100)}": 1, "a": 2, "a": 3${' , "y": 4'.repeat(30)}}`;
    const message = (text: string) => {
      try {
        readStackJson(text);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    const place = `${"x".repeat(100)}":1,"a":2,"a":3,"y":4,"y":4,"y":4`;
    const at = place.indexOf("2,");
    expect(message(twice)).toBe(
      `it is not written as cdktf writes it, with each key once: at ${JSON.stringify(place.slice(at - 60, at + 20))}`,
    );
    expect(message("evil".repeat(200))).toMatch(/^it is not JSON: Unexpected token/);
    expect(message("evil".repeat(200)).length).toBeLessThan(220);
  });

  it("treats a key of the prototype as a key", () => {
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

it("isObject and entriesOf distinguish objects from lists, strings and null", () => {
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

import { createHash } from "node:crypto";
import fc from "fast-check";
import { definition, definitionDigest, digestProblems } from "../../../stacks/pipeline/definition";
import type { Json, JsonObject } from "../../../stacks/stack-json";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A condition that compares a variable with a value. */
const compares = (Variable: Json, Value: Json): JsonObject => ({ Operator: "NE", Value, Variable });
const stack = (digest: string, rest: JsonObject = {}): JsonObject => ({
  output: { digest: { value: digest }, other: { value: digest } },
  resource: { p: { a: { rule: [compares("#{CheckBuild.PIPELINE_DIGEST}", digest)], text: digest } } },
  ...rest,
});

describe("the definition", () => {
  it("is the stack with sorted keys, and without its own digest in the two places that carry it", () => {
    const json = { b: 1, "//": { metadata: {} }, ...stack("x"), a: [{ d: 1, c: [{ f: null, e: true }] }] };
    expect(JSON.stringify(definition(json))).toBe(
      JSON.stringify({
        a: [{ c: [{ e: true, f: null }], d: 1 }],
        b: 1,
        output: { digest: { value: "" }, other: { value: "x" } },
        resource: {
          p: {
            a: {
              rule: [{ Operator: "NE", Value: "", Variable: "#{CheckBuild.PIPELINE_DIGEST}" }],
              text: "x",
            },
          },
        },
      }),
    );
  });

  it.each([
    ["of the stack", ["//"], true],
    ["of a resource", ["resource", "t", "n", "//"], true],
    ["of a data source", ["data", "t", "n", "//"], true],
    ["of an output, where it is a key", ["output", "n", "m", "//"], false],
    ["of a type", ["resource", "t", "//"], false],
    ["of a block in a resource", ["resource", "t", "n", "b", "//"], false],
    ["of a provider", ["provider", "aws", "a", "//"], false],
  ])("leaves out the comment %s: %s", (_, path, isComment) => {
    const nested = (value: Json, [key, ...rest]: readonly string[]): Json =>
      key === undefined ? value : { [key]: nested(value, rest) };
    const [one, other] = [nested(1, path), nested(2, path)] as [JsonObject, JsonObject];
    expect(definitionDigest(one) === definitionDigest(other)).toBe(isComment);
  });

  it.each<[string, Json, boolean]>([
    ["of any action", "#{Other_1.PIPELINE_DIGEST}", true],
    ["with text before it", " #{CheckBuild.PIPELINE_DIGEST}", false],
    ["with text after it", "#{CheckBuild.PIPELINE_DIGEST} ", false],
    ["with another name", "#{CheckBuild.PIPELINE_DIGEST2}", false],
    ["in another syntax", "${CheckBuild.PIPELINE_DIGEST}", false],
    ["without an action", "#{.PIPELINE_DIGEST}", false],
    ["with a dash", "#{Check-Build.PIPELINE_DIGEST}", false],
    ["with a letter in place of the dot", "#{CheckBuildxPIPELINE_DIGEST}", false],
    ["that is a list", ["#{CheckBuild.PIPELINE_DIGEST}"], false],
  ])("ignores the value that is compared with the variable %s: %s", (_, variable, is) => {
    const of = (value: string) => definitionDigest({ a: [compares(variable, value)] });
    expect(of("x") === of("y")).toBe(is);
    const problems = digestProblems({ ...stack(""), a: [compares(variable, "wrong")] });
    expect(problems.some((one) => one.startsWith("a.0 is "))).toBe(is);
  });

  it("keeps a list in the place of the digest", () => {
    expect(definition({ output: { digest: { value: ["x"] } } })).toEqual({
      output: { digest: { value: ["x"] } },
    });
    expect(definition({ output: { digest: ["x"] } })).toEqual({ output: { digest: ["x"] } });
  });

  it("has the SHA-256 of its JSON as its digest", () => {
    expect(definitionDigest({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'));
  });

  it("differs for every other value, and not for another order of keys", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue()),
        fc.jsonValue(),
        (json, value) => {
          const one = json as JsonObject;
          const reversed = Object.fromEntries(Object.entries(one).reverse());
          expect(definitionDigest(reversed)).toBe(definitionDigest(one));
          expect(definitionDigest({ ...one, more: value as Json })).not.toBe(definitionDigest(one));
        },
      ),
    );
  });
});

describe("the problems with a stack's digest", () => {
  it("name each place with another digest, and the digest that it should have", () => {
    const own = (value: string): JsonObject => ({
      output: { digest: { value } },
      resource: { p: { a: { rule: [compares("#{CheckBuild.PIPELINE_DIGEST}", value)] } } },
    });
    const digest = definitionDigest(own(""));
    expect(digestProblems(own(digest))).toEqual([]);
    expect(digestProblems(own(digest.toUpperCase()))).toHaveLength(2);
    expect(digestProblems(stack("x"))).toEqual([
      expect.stringMatching(/^output\.digest is "x", and the definition's digest is [0-9a-f]{64}$/),
      expect.stringMatching(/^resource\.p\.a\.rule\.0 is "x", and/),
    ]);
  });

  it("include a missing output", () => {
    expect(digestProblems({})).toEqual([expect.stringMatching(/^output\.digest is undefined, and/)]);
  });
});

it("a list in the definition keeps what only looks like a digest or a comment", () => {
  const json = { list: [{ output: { digest: { value: "x" } }, resource: { t: { n: { "//": "x" } } } }] };
  expect(definition(json)).toEqual(json);
});

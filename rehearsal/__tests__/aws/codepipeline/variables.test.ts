import fc from "fast-check";
import { checkEntry } from "../../../src/aws/codepipeline/conditions";
import { resolve, UnresolvedVariable } from "../../../src/aws/codepipeline/variables";
import { stage } from "../support/pipelines";

const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,10}$/);

describe("resolve", () => {
  it("does not change a text without references", () => {
    const plain = fc.string().filter((text) => !text.includes("#{"));
    fc.assert(fc.property(plain, (text) => resolve(text, new Map()) === text));
  });

  it("inserts a value unchanged, even if it looks like a reference or a replacement pattern", () => {
    const value = fc.oneof(fc.string(), fc.constantFrom("$&", "$1", "#{a.b}"));
    fc.assert(
      fc.property(word, word, value, (namespace, name, text) => {
        const variables = new Map([[namespace, { [name]: text }]]);
        expect(resolve(`<#{${namespace}.${name}}>`, variables)).toBe(`<${text}>`);
      }),
    );
  });

  it.each(["#{Unknown.X}", "#{Known.toString}"])("rejects %s", (reference) => {
    expect(() => resolve(reference, new Map([["Known", { A: "1" }]]))).toThrow(UnresolvedVariable);
  });
});

describe("VariableCheck", () => {
  it.each([
    ["EQ", "abc", true],
    ["EQ", "ab", false],
    ["NE", "ab", true],
    ["NE", "abc", false],
    ["CONTAINS", "b", true],
    ["CONTAINS", "x", false],
    ["MATCHES", "a.c", true],
    ["MATCHES", "b|c", false],
  ])("evaluates %s %s", (Operator, Value, holds) => {
    const rule = {
      name: "rule",
      ruleTypeId: { category: "Rule", provider: "VariableCheck" } as const,
      configuration: { Variable: "#{N.V}", Operator, Value },
    };
    const declared = {
      ...stage("S"),
      beforeEntry: { conditions: [{ result: "SKIP" as const, rules: [rule] }] },
    };
    const { decision, state } = checkEntry(declared, new Map([["N", { V: "abc" }]]));
    expect(decision).toBe(holds ? "enter" : "skip");
    expect(state?.rules[0]?.status).toBe(holds ? "Succeeded" : "Failed");
  });
});

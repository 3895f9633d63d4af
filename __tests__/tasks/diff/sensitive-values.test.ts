import fc from "fast-check";
import { changedResources, driftedResources } from "../../../tasks/diff/changed-resource";
import { sensitiveValues } from "../../../tasks/diff/sensitive-values";
import type { ResourceChange } from "../../../tasks/terraform/plan";

/** Returns a changed resource of a plan. */
function resource(change: Partial<ResourceChange["change"]>): ResourceChange {
  return {
    address: "a.b",
    type: "a",
    change: { actions: ["update"], before: {}, after: {}, after_unknown: {}, ...change },
  };
}

const valuesOf = (change: Partial<ResourceChange["change"]>) => [
  ...sensitiveValues({ resource_changes: [resource(change)] }),
];

describe("the sensitive values of a plan", () => {
  it("are those before and after each change and each drift", () => {
    const marked = (before: string, after: string) =>
      resource({
        ...{ before: { key: before }, after: { key: after } },
        ...{ before_sensitive: { key: true }, after_sensitive: { key: true } },
      });
    expect([
      ...sensitiveValues({
        resource_changes: [marked("old-one", "new-one"), marked("old-two", "new-two")],
        resource_drift: [marked("old-three", "new-three")],
      }),
    ]).toEqual(["old-one", "new-one", "old-two", "new-two", "old-three", "new-three"]);
    expect([...sensitiveValues({})]).toEqual([]);
  });

  it("are marked on the side where they are", () => {
    const sides = { before: { key: "before" }, after: { key: "afterwards" } };
    expect(valuesOf({ ...sides, before_sensitive: { key: true } })).toEqual(["before"]);
    expect(valuesOf({ ...sides, after_sensitive: { key: true } })).toEqual(["afterwards"]);
    expect(valuesOf({ ...sides, before_sensitive: false, after_sensitive: null })).toEqual([]);
  });

  it("are all texts below a mark, and none beside it", () => {
    const after = {
      name: "not-sensitive",
      list: [{ key: "in-a-list", name: "beside-it" }, null, 12345678],
      tree: { a: ["below-a-mark"], b: { c: "far-below-a-mark" } },
    };
    expect(valuesOf({ after, after_sensitive: { list: [{ key: true }], tree: true } })).toEqual([
      "in-a-list",
      "below-a-mark",
      "far-below-a-mark",
    ]);
    expect(valuesOf({ after: { a: null, b: "whole-resource" }, after_sensitive: true })).toEqual([
      "whole-resource",
    ]);
  });

  it("are not shorter than six characters, which occur in other values by chance", () => {
    const after = { a: "short", b: "longer", c: "" };
    expect(valuesOf({ after, after_sensitive: { a: true, b: true, c: true } })).toEqual(["longer"]);
  });
});

/** A tree of texts, and the same tree with marks instead; a marked text begins with "secret". */
const tree = fc.letrec<{ node: [unknown, unknown] }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.nat(99).map((n): [unknown, unknown] => [`public-${n}`, undefined]),
    fc.nat(99).map((n): [unknown, unknown] => [`secret-${n}`, true]),
    fc.constantFrom<[unknown, unknown]>([null, undefined], [7, true], [{}, {}], [[], false]),
    fc
      .dictionary(fc.constantFrom("a", "b", "name"), tie("node"))
      .map((parts): [unknown, unknown] => [
        Object.fromEntries(Object.entries(parts).map(([key, [value]]) => [key, value])),
        Object.fromEntries(Object.entries(parts).map(([key, [, mark]]) => [key, mark])),
      ]),
    fc
      .array(tie("node"), { maxLength: 3 })
      .map((parts): [unknown, unknown] => [parts.map(([value]) => value), parts.map(([, mark]) => mark)]),
  ),
})).node;

it("no marked text of a plan is shown, wherever it is and wherever else it occurs", () => {
  fc.assert(
    fc.property(
      tree,
      tree,
      fc.nat(99),
      fc.constantFrom("update", "create", "delete"),
      (one, other, n, act) => {
        const change = {
          actions: [act, "update"],
          // A provider copies a sensitive value into an attribute without a mark.
          before: { copy: `secret-${n}`, of: one[0] },
          after: { copy: null, key: `secret-${n}`, of: other[0] },
          before_sensitive: { of: one[1] },
          after_sensitive: { key: true, of: other[1] },
        };
        const plan = { resource_changes: [resource(change)], resource_drift: [resource(change)] };
        const shown = JSON.stringify([changedResources(plan), driftedResources(plan)]);
        expect(shown).not.toContain("secret-");
      },
    ),
  );
});

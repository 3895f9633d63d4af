import fc from "fast-check";
import {
  notInPlan,
  isImported,
  isMoved,
  isQuiet,
  type Plan,
  type ResourceChange,
} from "../../../tasks/terraform/plan";

type Change = ResourceChange["change"];

const plan = (change: Partial<Change>, rest: Partial<ResourceChange> = {}): Plan => ({
  resource_changes: [
    {
      address: "x.one",
      change: { actions: ["update"], before: {}, after: {}, after_unknown: {}, ...change },
      ...rest,
    },
  ],
});
const create = (after: Change["after"], after_unknown: Change["after_unknown"] = {}) =>
  plan({ actions: ["create"], before: null, after, after_unknown });

describe("a value that becomes unknown", () => {
  it("is named where it was known, also in a resource that is new", () => {
    expect(notInPlan(create({}, { role: true }), create({ role: "a" }))).toEqual(["create x.one: role"]);
    expect(
      notInPlan(create({ list: [{}] }, { list: [{ id: true }] }), create({ list: [{ id: "a" }] })),
    ).toEqual(["create x.one: list"]);
  });

  it("is named where it was to be left out, at the top and deep inside", () => {
    expect(notInPlan(create({}, { role: true }), create({}))).toEqual(["create x.one: role"]);
    const inside = (variables: object) => ({ environment: [{ variables }] });
    expect(notInPlan(create(inside({}), inside({ URL: true })), create(inside({})))).toEqual([
      "create x.one: environment",
    ]);
    expect(
      notInPlan(
        create({ a: [{ b: 1 }] }, { a: [{ b: false, c: true }] }),
        create({ a: [{ b: 1 }] }, { a: [{ b: false }] }),
      ),
    ).toEqual(["create x.one: a"]);
  });

  it("is named where nothing else changes in its resource, however deep it is", () => {
    const same = { before: { list: [{ a: 1 }] }, after: { list: [{ a: 1 }] } };
    const now = plan({ ...same, after_unknown: { list: [{ a: false, id: true }] } });
    expect(notInPlan(now, plan({ ...same, after: { list: [{ a: 1, id: "b" }] } }))).toEqual([
      "update x.one: list",
    ]);
    expect(notInPlan(now, plan(same))).toEqual(["update x.one: list"]);
    expect(notInPlan(now, now)).toEqual([]);
  });

  it("is as read where it was unknown then, and so is what it turned out to be", () => {
    const unknown = create({ tags: {} }, { role: true, tags: { a: true } });
    expect(notInPlan(unknown, unknown)).toEqual([]);
    expect(notInPlan(create({ role: "a", tags: { a: "1" } }), unknown)).toEqual([]);
    expect(notInPlan(create({ role: "a", tags: { a: "1", b: "2" } }), unknown)).toEqual([
      "create x.one: tags",
    ]);
  });

  it("marked as known counts as known", () => {
    const known = create({ role: "a" }, { role: false, list: [false], map: { a: false } });
    expect(notInPlan(known, create({ role: "a" }))).toEqual([]);
    expect(notInPlan(create({ role: "b" }), known)).toEqual(["create x.one: role"]);
  });
});

describe("a value that stays as it is", () => {
  it("does not have to be what was read: what has been done since is less to do", () => {
    const read = plan({ before: { memory: 128, name: "a" }, after: { memory: 256, name: "b" } });
    const now = plan({ before: { memory: 512, name: "a" }, after: { memory: 512, name: "b" } });
    expect(notInPlan(now, read)).toEqual([]);
  });

  it("stays so with an unknown value beside it in the same resource", () => {
    const read = plan({
      before: { memory: 128, version: "1" },
      after: { memory: 256 },
      after_unknown: { version: true },
    });
    const now = plan({
      before: { memory: 512, version: "1" },
      after: { memory: 512 },
      after_unknown: { version: true, memory: false, tags: {} },
    });
    expect(notInPlan(now, read)).toEqual([]);
  });
});

it.each<[string, unknown, unknown]>([
  ["an empty object in the place of a text", {}, "text"],
  ["an empty list in the place of a text", [], "text"],
  ["an empty object in the place of null", {}, null],
  ["null in the place of an empty object", null, {}],
  ["a text in the place of an object", "text", {}],
  ["null in the place of a text", null, "text"],
  ["a list with null in the place of an empty one", [null], []],
])("names %s", (_, now, read) => {
  expect(notInPlan(create({ value: now }), create({ value: read }))).toEqual(["create x.one: value"]);
  expect(notInPlan(create({ value: [{ inside: now }] }), create({ value: [{ inside: read }] }))).toEqual([
    "create x.one: value",
  ]);
});

it("every changed value is not in the plan, and the plan itself has no differences", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
      expect(notInPlan(create({ a: one }), create({ a: one }))).toEqual([]);
      fc.pre(first !== second && !isSameJson(one, other));
      expect(notInPlan(create({ a: one }), create({ a: other }))).toEqual(["create x.one: a"]);
      expect(notInPlan(create({ a: one }), create({}, { a: true }))).toEqual([]);
    }),
  );
});

/** Whether two values are the same but for the order of their keys and the sign of zero. */
function isSameJson(one: unknown, other: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
        ? Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inside]) => [key, sorted(inside)])
        : value;
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

describe("what happens to a resource", () => {
  const forget = plan({ actions: ["forget"], after: null });
  const destroy = plan({ actions: ["delete"], after: null });

  it("is named if it has another result than in the approved plan", () => {
    expect(notInPlan(forget, plan({ after: { a: 1 } }))).toEqual(["forget x.one"]);
    expect(notInPlan(forget, destroy)).toEqual(["forget x.one"]);
    expect(notInPlan(destroy, forget)).toEqual(["delete x.one"]);
    expect(notInPlan(forget, forget)).toEqual([]);
    expect(notInPlan(destroy, destroy)).toEqual([]);
  });

  it("is named if it is changed instead of deleted", () => {
    expect(notInPlan(plan({ before: { a: 1 }, after: { a: 2 } }), destroy)).toEqual(["update x.one: a"]);
  });

  it("is ignored only if every action changes nothing", () => {
    expect(isQuiet(["no-op"])).toBe(true);
    expect(isQuiet(["read"])).toBe(true);
    expect(isQuiet(["no-op", "delete"])).toBe(false);
    expect(isQuiet(["read", "create"])).toBe(false);
    expect(isQuiet(["update"])).toBe(false);
  });
});

describe("what changes in the state alone", () => {
  const stay = { actions: ["no-op"] };
  const moved = (from?: string) => plan(stay, { ...(from && { previous_address: from }) });
  const imported = (importing?: unknown) => plan({ ...stay, importing });

  it("includes a move to another address than in the approved plan", () => {
    expect(notInPlan(moved("x.old"), moved("x.old"))).toEqual([]);
    expect(notInPlan(moved("x.old"), moved())).toEqual(["move x.old to x.one"]);
    expect(notInPlan(moved("x.old"), moved("x.other"))).toEqual(["move x.old to x.one"]);
    // Terraform also says where a resource was that stays there.
    expect(notInPlan(moved("x.one"), moved())).toEqual([]);
    expect(isMoved({ ...moved("x.one").resource_changes![0]! })).toBe(false);
  });

  it("includes an import that is not in the approved plan", () => {
    expect(notInPlan(imported({ id: "a" }), imported({ id: "a" }))).toEqual([]);
    expect(notInPlan(imported({ id: "a" }), imported())).toEqual(["import x.one"]);
    expect(notInPlan(imported(null), imported())).toEqual([]);
    expect(isImported(imported(null).resource_changes![0]!)).toBe(false);
  });
});

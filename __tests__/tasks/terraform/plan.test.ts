import { notInPlan, type Plan } from "../../../tasks/terraform/plan";

type Change = NonNullable<Plan["resource_changes"]>[number]["change"];

const plan = (changes: Record<string, Partial<Change>>): Plan => ({
  resource_changes: Object.entries(changes).map(([address, change]) => ({
    address,
    change: { actions: ["update"], before: {}, after: {}, after_unknown: {}, ...change },
  })),
});
const update = (before: object, after: object, after_unknown: object = {}) =>
  plan({ "x.one": { before, after, after_unknown } as Partial<Change> });

it("the same plan has no differences", () => {
  const same = update({ memory: 128, tags: { a: "1" } }, { memory: 256, tags: { a: "2" } });
  expect(notInPlan(same, same)).toEqual([]);
  expect(notInPlan({}, {})).toEqual([]);
});

it("a change that was made meanwhile is not required", () => {
  const read = plan({
    "x.one": { actions: ["create"], before: null, after: { a: 1 } },
    "x.two": { before: { a: 1, b: 1 }, after: { a: 2, b: 2 } },
  });
  expect(notInPlan({}, read)).toEqual([]);
  expect(notInPlan(plan({ "x.two": { before: { a: 2, b: 1 }, after: { a: 2, b: 2 } } }), read)).toEqual([]);
});

it("a value that changes to the planned one from another is accepted", () => {
  expect(
    notInPlan(update({ memory: 512 }, { memory: 256 }), update({ memory: 128 }, { memory: 256 })),
  ).toEqual([]);
});

it("a changed value is named, and no other", () => {
  const now = update({ memory: 128, timeout: 3 }, { memory: 512, timeout: 25 });
  const read = update({ memory: 128, timeout: 3 }, { memory: 256, timeout: 25 });
  expect(notInPlan(now, read)).toEqual(["update x.one: memory"]);
});

it("nested values and missing values count", () => {
  const rule = (...days: number[]) => ({ rule: days.map((days) => ({ expiration: [{ days }] })) });
  expect(notInPlan(update(rule(1), rule(7)), update(rule(1), rule(30)))).toEqual(["update x.one: rule"]);
  expect(notInPlan(update(rule(1), rule(30)), update(rule(1), rule(30, 60)))).toEqual(["update x.one: rule"]);
  expect(notInPlan(update(rule(1), rule(30, 60)), update(rule(1), rule(30)))).toEqual(["update x.one: rule"]);
});

it("a resource that is not in the plan is named, with its change", () => {
  const replaced = plan({ "x.other": { actions: ["delete", "create"], before: { a: 1 }, after: { a: 2 } } });
  expect(notInPlan(replaced, {})).toEqual(["delete and create x.other"]);
  expect(notInPlan(plan({ "x.other": { actions: ["delete"], after: null } }), {})).toEqual([
    "delete x.other",
  ]);
});

it("a deletion is named if the plan only had an update", () => {
  const read = update({ name: "a" }, { name: "b" });
  const now = plan({
    "x.one": { actions: ["delete", "create"], before: { name: "a" }, after: { name: "b" } },
  });
  expect(notInPlan(now, read)).toEqual(["delete and create x.one"]);
  expect(
    notInPlan(plan({ "x.one": { actions: ["create"], before: null, after: { name: "b" } } }), now),
  ).toEqual([]);
});

it("a value that is known after apply can be anything, and a known value cannot become unknown", () => {
  const unknown = update({ version: "1" }, {}, { version: true });
  const known = update({ version: "1" }, { version: "2" });
  expect(notInPlan(known, unknown)).toEqual([]);
  expect(notInPlan(unknown, unknown)).toEqual([]);
  expect(notInPlan(unknown, known)).toEqual(["update x.one: version"]);
});

it("the known parts of a partly unknown value still count", () => {
  const environment = (variables: object) => ({ environment: [{ variables }] });
  const read = update(environment({}), environment({ COMMIT: "a" }), environment({ BUCKET: true }));
  const now = (COMMIT: string) => update(environment({}), environment({ COMMIT, BUCKET: "documents" }));
  expect(notInPlan(now("a"), read)).toEqual([]);
  expect(notInPlan(now("b"), read)).toEqual(["update x.one: environment"]);
});

it("reads and unchanged resources are not changes", () => {
  const quiet = plan({
    "data.x.one": { actions: ["read"], before: null, after: { a: 1 } },
    "x.two": { actions: ["no-op"], before: { a: 1 }, after: { a: 1 } },
  });
  expect(notInPlan(quiet, {})).toEqual([]);
});

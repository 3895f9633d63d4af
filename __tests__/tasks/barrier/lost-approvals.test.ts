import { actionsOf, lostApprovals, stagesOf } from "../../../tasks/barrier/approvals";
import type { Json, JsonObject } from "../../../stacks/stack-json";

const approval = (name: string, more: JsonObject = {}): JsonObject => ({
  category: "Approval",
  name,
  ...more,
});
const action = (name: string, more: JsonObject = {}): JsonObject => ({ category: "Build", name, ...more });
const stage = (action: Json[], more: JsonObject = {}): JsonObject => ({ name: "a stage", action, ...more });
const pipeline = (...stage: Json[]): JsonObject => ({ resource: { aws_codepipeline: { p: { stage } } } });

describe("an approval that is removed", () => {
  it("is listed with everything that followed it, and nothing parallel or earlier", () => {
    const before = pipeline(
      stage([action("first")]),
      stage([action("beside"), approval("Ask"), action("next", { run_order: 2 })]),
      stage([action("then"), action("too")]),
    );
    const after = pipeline(
      stage([action("first"), action("beside"), action("next"), action("then"), action("too")]),
    );
    expect(lostApprovals(before, after)).toEqual(["APPROVAL REMOVED: Ask, before next, then, too"]);
  });

  it("is listed if nothing followed it", () => {
    expect(lostApprovals(pipeline(stage([approval("Ask")])), pipeline())).toEqual([
      "APPROVAL REMOVED: Ask, before nothing",
    ]);
  });

  it("is listed for each of several", () => {
    const both = pipeline(
      stage([approval("One")]),
      stage([action("a")]),
      stage([approval("Two")]),
      stage([action("b")]),
    );
    expect(lostApprovals(both, pipeline(stage([action("a"), action("b")])))).toEqual([
      "APPROVAL REMOVED: One, before a, b",
      "APPROVAL REMOVED: Two, before b",
    ]);
    const one = pipeline(stage([approval("One")]), stage([action("a")]), stage([action("b")]));
    expect(lostApprovals(both, one)).toEqual(["APPROVAL REMOVED: Two, before b"]);
  });
});

describe("an action that is no longer behind an approval", () => {
  const before = pipeline(stage([approval("Ask")]), stage([action("a"), action("b")]));

  it("is listed by name, also after another one", () => {
    const two = pipeline(
      stage([approval("Two")]),
      stage([action("a")]),
      stage([approval("Ask")]),
      stage([action("b")]),
    );
    expect(lostApprovals(before, two)).toEqual(["NO LONGER BEHIND THE APPROVAL Ask: a"]);
    const none = pipeline(stage([action("a"), action("b")]), stage([approval("Ask")]));
    expect(lostApprovals(before, none)).toEqual(["NO LONGER BEHIND THE APPROVAL Ask: a, b"]);
  });

  it("is not listed if it is removed or unchanged", () => {
    expect(lostApprovals(before, before)).toEqual([]);
    expect(lostApprovals(before, pipeline(stage([approval("Ask")]), stage([action("a")])))).toEqual([]);
  });

  it("is compared with the approval by its run order, which is 1 by default", () => {
    const orders = (ask: JsonObject, a: JsonObject) =>
      lostApprovals(before, pipeline(stage([approval("Ask", ask), action("a", a)]), stage([action("b")])));
    const lost = ["NO LONGER BEHIND THE APPROVAL Ask: a"];
    expect(orders({}, {})).toEqual(lost);
    expect(orders({ run_order: 1 }, {})).toEqual(lost);
    expect(orders({}, { run_order: 1 })).toEqual(lost);
    expect(orders({ run_order: 3 }, { run_order: 3 })).toEqual(lost);
    expect(orders({ run_order: 3 }, { run_order: 2 })).toEqual(lost);
    expect(orders({ run_order: 1 }, { run_order: 2 })).toEqual([]);
    expect(orders({}, { run_order: 2 })).toEqual([]);
  });

  it("counts as preceding the approval if one of two with its name does", () => {
    const twice = (first: Json, second: Json) =>
      lostApprovals(
        before,
        pipeline(stage([first]), stage([approval("Ask")]), stage([second]), stage([action("b")])),
      );
    expect(twice(action("a"), action("a"))).toEqual(["NO LONGER BEHIND THE APPROVAL Ask: a"]);
    const behind = pipeline(
      stage([approval("Ask")]),
      stage([action("a")]),
      stage([action("a"), action("b")]),
    );
    expect(lostApprovals(before, behind)).toEqual([]);
    expect(twice(action("c"), action("a"))).toEqual(["NEW BEFORE EVERY APPROVAL: the action c"]);
  });
});

describe("what decides on an approval's stage", () => {
  const asking = (more: JsonObject) => pipeline(stage([approval("Ask")], more));
  const skip = { before_entry: { condition: { result: "SKIP" } } };

  it("is listed when added, removed or changed", () => {
    const words = JSON.stringify(skip.before_entry);
    expect(lostApprovals(asking({}), asking(skip))).toEqual([
      `OTHER CONDITIONS OF THE APPROVAL Ask: before_entry none → ${words}`,
    ]);
    expect(lostApprovals(asking(skip), asking({}))).toEqual([
      `OTHER CONDITIONS OF THE APPROVAL Ask: before_entry ${words} → none`,
    ]);
    expect(lostApprovals(asking(skip), asking(skip))).toEqual([]);
  });

  it("is listed when it changes after as many characters as are shown", () => {
    const [one, other] = ["one", "other"].map((end) => asking({ a: ["x".repeat(300), end] }));
    expect(lostApprovals(one!, other!)).toEqual([
      'OTHER CONDITIONS OF THE APPROVAL Ask: a.1 "one" → "other"',
    ]);
  });

  it("is cut if it is long, and excludes the stage's name and other actions", () => {
    const [change] = lostApprovals(asking({}), asking({ a: "x".repeat(300) }));
    expect(change).toBe(`OTHER CONDITIONS OF THE APPROVAL Ask: a none → "${"x".repeat(148)}…`);
    expect(lostApprovals(asking({}), pipeline(stage([approval("Ask"), action("a")], { name: "b" })))).toEqual(
      ["NEW BEFORE EVERY APPROVAL: the action a"],
    );
  });

  it("is not listed for a new approval", () => {
    expect(lostApprovals(pipeline(), asking(skip))).toEqual([]);
  });
});

describe("a new action", () => {
  const before = pipeline(stage([action("a")]), stage([approval("Ask")]), stage([action("b")]));

  it("is listed if no approval precedes it", () => {
    const after = pipeline(
      stage([action("a"), action("c")]),
      stage([approval("Ask")]),
      stage([action("b"), action("d")]),
    );
    expect(lostApprovals(before, after)).toEqual(["NEW BEFORE EVERY APPROVAL: the action c"]);
  });

  it("is listed with its name quoted if that is ambiguous", () => {
    const named = (name: Json) =>
      pipeline(
        stage([action("a"), { category: "Build", name }]),
        stage([approval("Ask")]),
        stage([action("b")]),
      );
    expect(lostApprovals(before, named("x; all is well"))).toEqual([
      'NEW BEFORE EVERY APPROVAL: the action "x; all is well"',
    ]);
    expect(lostApprovals(before, named(1))).toEqual([
      "NEW BEFORE EVERY APPROVAL: the action (without a name)",
    ]);
  });
});

it("values that are not stages or actions are ignored", () => {
  expect(stagesOf({})).toEqual([]);
  expect(
    stagesOf({ resource: { aws_codepipeline: { p: {}, q: { stage: {} }, r: { stage: ["x", stage([])] } } } }),
  ).toEqual([stage([])]);
  expect(actionsOf(stage([action("a"), "x", null, []]))).toEqual([action("a")]);
  expect(actionsOf({ action: {} })).toEqual([]);
  expect(actionsOf({})).toEqual([]);
});

import { definitionChange, definitionChanges } from "../../../tasks/barrier/definition-change";
import type { Json, JsonObject } from "../../../stacks/stack-json";

const pipeline = (...stage: Json[]): JsonObject => ({
  resource: { aws_codepipeline: { p: { name: "hw", stage } } },
});
const stage = (name: Json, ...actions: string[]): JsonObject => ({
  name,
  action: actions.map((name) => ({ category: "Build", name, provider: "CodeBuild" })),
});
const resources = (resource: JsonObject): JsonObject => ({ resource });

describe("stages", () => {
  const [a, b, c] = [stage("a", "x"), stage("b", "y"), stage("c", "z")];

  it("are listed when added, removed or changed", () => {
    expect(definitionChanges(pipeline(a, b), pipeline(a, c))).toEqual([
      "NEW BEFORE EVERY APPROVAL: the action z",
      "stage b is removed",
      "stage c is added: z",
    ]);
    expect(
      definitionChanges(pipeline(a, b), pipeline(a, { ...b, on_failure: { result: "ROLLBACK" } })),
    ).toEqual(['stage b: on_failure (none) → {"result":"ROLLBACK"}']);
    expect(
      definitionChanges(pipeline(a), pipeline({ ...a, action: [{ ...actionOf(a), provider: "Lambda" }] })),
    ).toEqual(['stage a: action.x.provider "CodeBuild" → "Lambda"']);
  });

  it("are listed in the new order if only that changes", () => {
    expect(definitionChanges(pipeline(a, b, c), pipeline(a, c, b))).toEqual([
      "the order of the stages changes: a, b, c → a, c, b",
    ]);
    expect(definitionChanges(pipeline(a, b, c), pipeline(c, a))).toEqual([
      "stage b is removed",
      "the order of the stages changes: a, b, c → c, a",
    ]);
    expect(definitionChanges(pipeline(a, b), pipeline(a, { ...c, action: [] }, b))).toEqual([
      "stage c is added: ",
    ]);
    const [one, other] = [stage("x"), stage("xx")];
    expect(definitionChanges(pipeline(one, other), pipeline(other, one))).toEqual([
      "the order of the stages changes: x, xx → xx, x",
    ]);
  });

  it("are named unambiguously, or by their index if they have no name", () => {
    expect(definitionChanges(pipeline(a), pipeline(a, stage("b is removed; x")))).toEqual([
      'stage "b is removed; x" is added: ',
    ]);
    expect(definitionChanges(pipeline(a), pipeline(a, stage(1)))).toEqual(["stage 1 is added: "]);
    expect(definitionChanges(pipeline(a), pipeline(a, stage("a", "y"), stage("a")))).toEqual([
      "NEW BEFORE EVERY APPROVAL: the action y",
      "stage a (number 2) is added: y",
      "stage a (number 3) is added: ",
    ]);
    expect(definitionChanges(pipeline(), pipeline({ action: [{ name: "x y" }, { name: "z" }] })).at(-1)).toBe(
      'stage 0 is added: "x y", z',
    );
  });

  it("are listed once, and not again as an argument of the pipeline", () => {
    const other = { resource: { aws_codepipeline: { p: { name: "hw2", stage: [a] } } } };
    expect(definitionChanges(pipeline(a), other)).toEqual(['pipeline hw2: name "hw" → "hw2"']);
    // Of another resource, "stage" is an argument like any other.
    expect(
      definitionChanges(resources({ t: { n: { stage: 1 } } }), resources({ t: { n: { stage: 2 } } })),
    ).toEqual(["t n: stage 1 → 2"]);
  });
});

function actionOf(stage: JsonObject): JsonObject {
  return (stage.action as JsonObject[])[0]!;
}

describe("resources", () => {
  it("are sorted by what a reviewer has to know first, and then by type", () => {
    const one = { x: { name: "n" } };
    const all = resources({
      z_type: one,
      aws_cloudwatch_metric_alarm: one,
      aws_codepipeline_webhook: one,
      aws_codepipeline: one,
      aws_iam_role_policy: one,
      aws_iam_role: one,
      a_type: one,
      aws_codebuild_project: one,
    });
    const names = ["project", "role", "permissions of", "pipeline", "webhook", "alarm", "a_type", "z_type"];
    expect(definitionChanges({}, all).slice(0, 8)).toEqual(names.map((name) => `${name} n is added`));
    expect(definitionChanges(all, {})).toEqual(names.map((name) => `${name} n is removed`));
    // What a new one consists of comes last.
    expect(definitionChanges({}, all).slice(8)).toEqual(names.map((name) => `${name} n: name (none) → "n"`));
    expect(definitionChanges(resources({ z_type: one }), resources({ a_type: { x: {} } }))).toEqual([
      "a_type x is added",
      "z_type n is removed",
    ]);
  });

  it("are named as in AWS, by their role, or by their address", () => {
    const named = (resource: JsonObject) => definitionChanges(resources({ t: { own: resource } }), {});
    expect(named({ name: "a", alarm_name: "b" })).toEqual(["t a is removed"]);
    expect(named({ alarm_name: "b", bucket: "c" })).toEqual(["t b is removed"]);
    expect(named({ bucket: "c" })).toEqual(["t c is removed"]);
    expect(named({ name: "x-${aws_s3_bucket.a.id}", bucket: "c" })).toEqual(["t c is removed"]);
    expect(named({ name: 1 })).toEqual(["t own is removed"]);
    expect(named({ role: "${aws_iam_role.r.name}", name: "a" })).toEqual(["t r is removed"]);
    expect(named({ role: "${aws_iam_user.r.name}", name: "a" })).toEqual(["t a is removed"]);
    expect(named({ name: "a b" })).toEqual(['t "a b" is removed']);
    expect(named({})).toEqual(["t own is removed"]);
    expect(definitionChanges(resources({ "t t": { own: {} } }), {})).toEqual(['"t t" own is removed']);
  });

  it("are listed by their deepest difference, with a new order of depends_on last", () => {
    const one = { depends_on: ["a", "b"], environment: { image: "x", list: [{ name: "A", value: "1" }] } };
    const other = { depends_on: ["c", "b"], environment: { image: "y", list: [{ name: "A", value: "2" }] } };
    expect(
      definitionChanges(
        resources({ t: { a: one, b: { x: 1 } } }),
        resources({ t: { a: other, b: { x: 2 } } }),
      ),
    ).toEqual([
      't a: environment.image "x" → "y"',
      't a: environment.list.A.value "1" → "2"',
      "t b: x 1 → 2",
      't a: depends_on.0 "a" → "c"',
    ]);
  });

  it("are shown whole if the type of a value changes", () => {
    expect(definitionChanges(resources({ t: { a: { x: 1 } } }), resources({ t: { a: 5 } }))).toEqual([
      't a: all {"x":1} → 5',
    ]);
  });
});

describe("programs", () => {
  const programs = (...places: Json[]) =>
    resources({
      aws_codebuild_project: Object.fromEntries(
        places.map((value, index) => [
          `p${index}`,
          { environment: { environment_variable: [{ name: "PROGRAMS", value }] } },
        ]),
      ),
    });
  const zip = (folder: string, digit: string) => `${folder}/${digit.repeat(64)}.zip`;

  it("are listed once, with the start of both digests", () => {
    const [before, after] = ["a", "b"].map((digit) =>
      programs(zip("s3://x/y", digit), zip("s3://x/y", digit)),
    );
    expect(definitionChanges(before, after!)).toEqual([
      "the pinned programs change: aaaaaaaaaaaa → bbbbbbbbbbbb",
    ]);
  });

  it.each<[string, Json, Json]>([
    ["from another folder", zip("s3://x/y", "a"), zip("s3://x/z", "b")],
    ["that are no digest any more", zip("s3://x/y", "a"), "s3://x/y/latest.zip"],
    ["that were no digest", "s3://x/y/latest.zip", zip("s3://x/y", "b")],
    ["with something behind the digest", zip("s3://x/y", "a"), `${zip("s3://x/y", "b")}2`],
    ["with a longer digest", zip("s3://x/y", "a"), `s3://x/y/${"b".repeat(65)}.zip`],
    ["that are no text", zip("s3://x/y", "a"), [zip("s3://x/y", "b")]],
    ["with a line in front of them", zip("s3://x/y", "a"), `echo\n${zip("s3://x/y", "b")}`],
  ])("%s are listed as plain changes", (_, before, after) => {
    const [change] = definitionChanges(programs(before), programs(after));
    expect(change).toMatch(/^project p0: environment\.environment_variable\.PROGRAMS\.value/);
  });

  it("are recognized only in their own variable", () => {
    const other = (digit: string) => resources({ t: { n: { value: zip("s3://x/y", digit) } } });
    expect(definitionChanges(other("a"), other("b"))).toEqual([expect.stringMatching(/^t n: value "s3:/)]);
  });
});

describe("texts", () => {
  const text = (value: Json) => resources({ t: { n: { text: value } } });

  it("are listed by the number of changed lines, with each line at the end", () => {
    expect(definitionChanges(text("a\nb\nb\nc"), text("a\nb\nd\ne"))).toEqual([
      "t n: text has 2 lines more and 2 less",
      't n: text - "b"',
      't n: text - "c"',
      't n: text + "d"',
      't n: text + "e"',
    ]);
    expect(definitionChanges(text("a"), text("a\nb"))).toEqual([
      "t n: text has 1 lines more and 0 less",
      't n: text + "b"',
    ]);
    expect(definitionChanges(text("a\na"), text("a"))).toEqual([
      "t n: text has 0 lines more and 1 less",
      't n: text - "a"',
    ]);
  });

  it("are shown if they have one line, or their lines in another order", () => {
    expect(definitionChanges(text("a"), text("b"))).toEqual(['t n: text "a" → "b"']);
    expect(definitionChanges(text("a\nb"), text("b\na"))).toEqual(['t n: text "a\\nb" → "b\\na"']);
    expect(definitionChanges(text(1), text("b\na"))).toEqual([
      "t n: text has 2 lines more and 0 less",
      't n: text + "b"',
      't n: text + "a"',
    ]);
  });

  it("are cut at 160 characters", () => {
    const [change] = definitionChanges(text("a"), text("x".repeat(200)));
    expect(change).toBe(`t n: text "a" → "${"x".repeat(158)}…`);
    const [whole] = definitionChanges(text("a"), text("x".repeat(158)));
    expect(whole).toBe(`t n: text "a" → "${"x".repeat(158)}"`);
  });
});

describe("the changes in one line", () => {
  const many = resources({ t: Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, {}])) });
  const left = (count: number) => `; ${count} more in the log of CheckBuild`;

  it("are as many as fit to the last character", () => {
    const all = ["a", "b", "c", "d"].map((name) => `t ${name} is added`);
    const whole = all.join("; ");
    expect(definitionChange({}, many, whole.length)).toBe(whole);
    const [two, one] = [all.slice(0, 2).join("; ") + left(2), all[0] + left(3)];
    expect(definitionChange({}, many, two.length)).toBe(whole);
    expect(definitionChange({}, many, whole.length - 1)).toBe(one);
  });

  it("leave room for the count of the rest", () => {
    const six = resources({ t: Object.fromEntries([..."abcdef"].map((name) => [name, {}])) });
    const all = [..."abcdef"].map((name) => `t ${name} is added`);
    const text = (shown: number) => all.slice(0, shown).join("; ") + left(6 - shown);
    expect(definitionChange({}, six, text(3).length)).toBe(text(3));
    expect(definitionChange({}, six, text(3).length - 1)).toBe(text(2));
    expect(definitionChange({}, six, all.join("; ").length - 1)).toBe(text(3));
    const eleven = resources({ t: Object.fromEntries([..."abcdefghijk"].map((name) => [name, {}])) });
    const two = "t a is added; t b is added" + left(9);
    expect(definitionChange({}, eleven, two.length)).toBe(two);
  });

  it("are cut if the first alone is too long", () => {
    expect(definitionChange({}, many, `t a is…${left(3)}`.length)).toBe(`t a is…${left(3)}`);
    const one = resources({ t: { a: {} } });
    expect(definitionChange({}, one, 10)).toBe("t a is ad…");
  });

  it("are empty if nothing changes", () => {
    expect(definitionChange(many, many, 100)).toBe("none");
    expect(definitionChanges(many, many)).toEqual([]);
  });
});

it("everything counts as changed if the deployed definition is unknown", () => {
  expect(definitionChanges(undefined, {})).toEqual([
    "the deployed definition is unknown, so everything can have changed",
  ]);
});

it("a difference without a description is listed", () => {
  expect(definitionChanges(pipeline(), pipeline(1))).toEqual(["the definitions differ"]);
});

it("other changes are listed as changes of the stack", () => {
  expect(definitionChanges({ provider: { aws: [{}] } }, { provider: { aws: [{ region: "x" }] } })).toEqual([
    'the stack: provider.aws.0.region (none) → "x"',
  ]);
});

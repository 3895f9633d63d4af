import { checkStages } from "../../../stacks/pipeline/rules";
import { stages, type Action, type BuildAction, type Stage } from "../../../stacks/pipeline/stages";

const source: Stage = { name: "Source1", actions: [{ kind: "source", name: "Source1", output: "Source" }] };
const build = (changes: Partial<BuildAction> = {}): BuildAction => ({
  kind: "build",
  name: "UnitTest",
  buildspec: "unit-test.yml",
  privileged: false,
  inputs: ["Source"],
  timeoutMinutes: 5,
  ...changes,
});
const stage = (name: string, ...actions: Action[]): Stage => ({ name, actions });
const test = stage("UnitTest", build({ output: "Build" }));

it.each([true, false].flatMap((one) => [true, false].map((other) => [one, other])))(
  "accepts the pipeline of the settings (approval %s, self-update first %s)",
  (manualApproval, selfUpdateFirst) => {
    expect(() =>
      checkStages(stages({ manualApproval: manualApproval, selfUpdateFirst: selfUpdateFirst })),
    ).not.toThrow();
  },
);

it.each<[string, Stage[]]>([
  ["two stages are named UnitTest", [source, test, stage("UnitTest", build({ name: "SelfUpdate" }))]],
  ["two actions are named UnitTest", [source, test, stage("Again", build())]],
  [
    "two actions write the artifact Build",
    [source, test, stage("More", build({ name: "SelfUpdate", output: "Build" }))],
  ],
  ["invalid name “Unit Test”", [source, stage("Unit Test", build())]],
  ["the first stage must have sources", [test, source]],
  ["a pipeline must have two stages or more", [source]],
  ["the stage Empty has no action", [source, stage("Empty")]],
  ["More has a source", [source, stage("More", { kind: "source", name: "Source2", output: "Plan" })]],
  [
    "UnitTest reads Plan, which nothing before it writes",
    [source, stage("UnitTest", build({ inputs: ["Source", "Plan"] }))],
  ],
  [
    "UnitTest cannot be skipped, because it has a deployment window",
    [
      source,
      {
        ...test,
        skippedWhen: {
          rule: "r",
          variable: "#{Source1.CommitId}",
          equals: { kind: "text", text: "none" },
        },
        window: { cron: "* * 9 ? * *", timeZone: "UTC" },
      },
    ],
  ],
  ["UnitTest reads Source twice", [source, stage("UnitTest", build({ inputs: ["Source", "Source"] }))]],
  [
    "UnitTest uses a variable of Later",
    [source, stage("UnitTest", build({ environment: { A: "#{Later.BUILD}" } }))],
  ],
  [
    "Ask uses a variable of UnitTest",
    [source, stage("Ask", { kind: "approval", name: "Ask", message: "#{UnitTest.A}", link: "" }), test],
  ],
  [
    "Ask uses a variable of UnitTest",
    [
      source,
      stage("Ask", { kind: "approval", name: "Ask", message: "?", link: "commit/#{UnitTest.A}" }),
      test,
    ],
  ],
  [
    "SelfUpdate uses a variable of Ask",
    [
      source,
      stage("Ask", { kind: "approval", name: "Ask", message: "Approve?", link: "" }),
      stage("SelfUpdate", build({ name: "SelfUpdate", environment: { A: "#{Ask.B}" } })),
    ],
  ],
  [
    "Release uses a variable of UnitTest",
    [
      source,
      stage("Release", { kind: "release", name: "Release", function: "api", version: "#{UnitTest.A}" }),
      test,
    ],
  ],
  [
    "the condition of UnitTest uses a variable of UnitTest",
    [
      source,
      {
        ...test,
        skippedWhen: { rule: "r", variable: "#{UnitTest.A}", equals: { kind: "text", text: "none" } },
      },
    ],
  ],
])("rejects a pipeline with the problem: %s", (problem, wrong) => {
  expect(() => checkStages(wrong)).toThrow(problem);
});

it("reports all problems at once, and that nothing was changed", () => {
  expect(() => checkStages([source, stage("Empty"), stage("Empty")])).toThrow(
    /Nothing was changed\.\n {2}- two stages are named Empty\n {2}- the stage Empty has no action/,
  );
});

it("accepts variables of the pipeline and of earlier actions", () => {
  const after = build({
    name: "SelfUpdate",
    environment: {
      ID: "#{codepipeline.PipelineExecutionId}",
      COMMIT: "#{Source1.CommitId}",
      A: "#{UnitTest.A}",
    },
  });
  expect(() => checkStages([source, test, stage("SelfUpdate", after)])).not.toThrow();
});

it.each(["a", "Z9.@_-", "x".repeat(100)])("accepts the name %s", (name) => {
  expect(() => checkStages([source, stage(name, build({ name: name as "UnitTest" }))])).not.toThrow();
});

it.each(["", "a b", "é", "a\n", "\na", "a/b", "x".repeat(101)])(
  "rejects the name %j, of a stage or an action",
  (name) => {
    for (const wrong of [stage(name, build()), stage("UnitTest", build({ name: name as "UnitTest" }))])
      expect(() => checkStages([source, wrong])).toThrow(
        `invalid name “${name}”: must match ^[A-Za-z0-9.@_-]{1,100}$`,
      );
  },
);

it("accepts several sources in the first stage, which has nothing else, and none in the others", () => {
  const [one, other] = [source.actions[0]!, { kind: "source", name: "Source2", output: "Plan" } as const];
  expect(() => checkStages([stage("Source1", one, other), test])).not.toThrow();
  expect(() => checkStages([stage("Source1", one, build())])).toThrow(
    "the first stage must have sources, and nothing else",
  );
  expect(() => checkStages([stage("Source1", one), stage("More", build(), other)])).toThrow(
    "More has a source, which only the first stage can have",
  );
  expect(() => checkStages([])).toThrow("a pipeline must have two stages or more");
});

it("checks every variable in a link, and accepts those of builds without an output artifact", () => {
  const checking = (text: string) => () =>
    checkStages([
      source,
      stage("UnitTest", build()),
      stage("Ask", { kind: "approval", name: "Ask", message: "Approve?", link: text }),
    ]);
  expect(checking("#{UnitTest.A} #{Source1.B} #{} #{x} ${Other.A} #{.x}")).not.toThrow();
  expect(checking("#{UnitTest.A} #{Other.A} #{More.B}")).toThrow(
    /Ask uses a variable of Other, which does not run before it\n.*Ask uses a variable of More, which does not run before it$/,
  );
  expect(checking("#{Ask.A}")).toThrow("Ask uses a variable of Ask, which does not run before it");
});

import type { ActionDeclaration, PipelineDeclaration } from "@aws-sdk/client-codepipeline";
import type { Action, Stage } from "../../../stacks/pipeline/stages";
import { build, declared, source, stage } from "../../../rehearsal/__tests__/aws/support/pipelines";

const test = stage("Test", build("UnitTest"));
const lambda = { category: "Deploy", owner: "AWS", provider: "Lambda", version: "1" } as const;
const manual = { category: "Approval", owner: "AWS", provider: "Manual", version: "1" } as const;
const named = (...names: readonly string[]) => names.map((name) => ({ name }));
const six = named("a", "b", "c", "d", "e", "f");

/** Only cfn-lint refuses a source with six artifacts, so here they come from six builds. */
const makers = six.map(({ name }) => build(`Make-${name}`, { outputArtifacts: [{ name }] }));

/** Overrides that TypeScript knows to be wrong. */
const wrong = (overrides: Record<string, unknown>) => overrides as Partial<PipelineDeclaration>;

/** Pipelines that cfn-lint refuses, one fault each. */
export const brokenPipelines: Readonly<Record<string, PipelineDeclaration>> = {
  "one stage": declared([]),
  "a stage without an action": declared([stage("Test")]),
  "two stages of one name": declared([test, test]),
  "two actions of one name": declared([stage("Test", build("A"), build("A"))]),
  "a build in the first stage": declared([], { stages: [test, stage("Source", source())] }),
  "a build beside the source": declared([test], { stages: [stage("Source", source(), build("A")), test] }),
  "a source later on": declared([stage("Test", source({ name: "S2", namespace: "S2" }))]),
  "an input that nothing writes": declared([stage("Test", build("A", { inputArtifacts: named("no") }))]),
  "an output that another writes too": declared([
    stage("Test", build("A", { outputArtifacts: named("source") })),
  ]),
  "an input of a later action": declared([
    stage("One", build("A", { inputArtifacts: named("o") })),
    stage("Two", build("B", { outputArtifacts: named("o") })),
  ]),
  "a build without an input": declared([stage("Test", build("A", { inputArtifacts: [] }))]),
  "a build with six inputs": declared([
    stage("Make", ...makers),
    stage("Test", build("A", { inputArtifacts: six })),
  ]),
  "a build with six outputs": declared([stage("Test", build("A", { outputArtifacts: six }))]),
  "an input twice": declared([stage("Test", build("A", { inputArtifacts: named("source", "source") }))]),
  "an output twice in one action": declared([
    stage("Test", build("A", { outputArtifacts: named("o", "o") })),
  ]),
  "a source without an output": declared([test], {
    stages: [
      stage("Source", source({ outputArtifacts: [] })),
      stage("Ask", build("A", { inputArtifacts: [] })),
    ],
  }),
  "a source with two outputs": declared([test], {
    stages: [stage("Source", source({ outputArtifacts: named("source", "other") })), test],
  }),
  "a source with an input": declared([test], {
    stages: [
      stage(
        "Source",
        source(),
        source({
          name: "S2",
          namespace: "S2",
          inputArtifacts: named("source"),
          outputArtifacts: named("s2"),
        }),
      ),
      test,
    ],
  }),
  "an approval with an input": declared([
    stage("Ask", build("Ask", { actionTypeId: manual, configuration: {} })),
  ]),
  "an approval with an output": declared([
    stage(
      "Ask",
      build("Ask", {
        actionTypeId: manual,
        configuration: {},
        inputArtifacts: [],
        outputArtifacts: named("o"),
      }),
    ),
  ]),
  "an action's name with a space": declared([stage("Test", build("Unit Test"))]),
  "an action's name of 101 characters": declared([stage("Test", build("a".repeat(101)))]),
  "an unknown category": declared([
    stage("Test", build("A", { actionTypeId: { ...lambda, category: "Release" as "Deploy" } })),
  ]),
  "a version with a dot": declared([
    stage("Test", build("A", { actionTypeId: { ...build("A").actionTypeId!, version: "1.0" } })),
  ]),
  "a version of ten characters": declared([
    stage("Test", build("A", { actionTypeId: { ...build("A").actionTypeId!, version: "1234567890" } })),
  ]),
  "a role that is none": declared([test], { roleArn: "pipeline" }),
  "no role": declared([test], { roleArn: undefined }),
  "no artifact store": declared([test], { artifactStore: undefined }),
  "two kinds of artifact stores": declared([test], {
    artifactStores: { "eu-central-1": { type: "S3", location: "artifacts" } },
  }),
  "an artifact store of another type": declared(
    [test],
    wrong({ artifactStore: { type: "Disk", location: "artifacts" } }),
  ),
  "an artifact store without a place": declared([test], wrong({ artifactStore: { type: "S3" } })),
  "an unknown type of pipeline": declared([test], wrong({ pipelineType: "V3" })),
  "an unknown execution mode": declared([test], wrong({ executionMode: "NEWEST" })),
  "an unknown result of a failure": declared([{ ...test, onFailure: { result: "IGNORE" as "RETRY" } }]),
  "a failure that is skipped": declared([{ ...test, onFailure: { result: "SKIP" } }]),
  "a failure that fails": declared([{ ...test, onFailure: { result: "FAIL" } }]),
  "an unknown way to retry": declared([
    {
      ...test,
      onFailure: { result: "RETRY", retryConfiguration: { retryMode: "SOME_ACTIONS" as "ALL_ACTIONS" } },
    },
  ]),
  "a variable without a name": declared([test], wrong({ variables: [{ defaultValue: "a" }] })),
  "a trigger of an unknown kind": declared([test], wrong({ triggers: [{ providerType: "GitHub" }] })),
  "a role in an action's configuration that is none": declared([
    stage("Test", build("A", { configuration: { ProjectName: "A", RoleArn: "builds" } })),
  ]),
};

const ours: Stage = { name: "Source1", actions: [{ kind: "source", name: "Source1", output: "Source" }] };
const step = {
  kind: "build",
  name: "UnitTest",
  buildspec: "b.yml",
  privileged: false,
  inputs: ["Source"],
  timeoutMinutes: 5,
} as const;
const unitTest: Stage = { name: "UnitTest", actions: [step] };

/** The same in the words of stacks/pipeline/stages.ts, as far as they can say it. */
export const brokenStages: Readonly<Record<string, readonly Stage[]>> = {
  "one stage": [ours],
  "a stage without an action": [ours, { name: "Empty", actions: [] }],
  "two stages of one name": [ours, unitTest, { ...unitTest, actions: [{ ...step, name: "SelfUpdate" }] }],
  "two actions of one name": [ours, { name: "Both", actions: [step, step] }],
  "a build in the first stage": [unitTest, ours],
  "a source later on": [
    ours,
    unitTest,
    { name: "More", actions: [{ kind: "source", name: "Source2", output: "Plan" }] },
  ],
  "an input that nothing writes": [ours, { name: "UnitTest", actions: [{ ...step, inputs: ["Plan"] }] }],
  "an output that another writes too": [ours, { name: "UnitTest", actions: [{ ...step, output: "Source" }] }],
  "an input twice": [ours, { name: "UnitTest", actions: [{ ...step, inputs: ["Source", "Source"] }] }],
  "an action's name with a space": [
    ours,
    { name: "Ask", actions: [{ kind: "approval", name: "Ask me", message: "?", link: "" }] },
  ],
};

/** Our stages as CreatePipeline takes them. */
export function declarationOf(stages: readonly Stage[]): PipelineDeclaration {
  return declared([], {
    stages: stages.map(({ name, actions }) => stage(name, ...actions.map(actionOf))),
  });
}

function actionOf(action: Action): ActionDeclaration {
  switch (action.kind) {
    case "source":
      return source({ name: action.name, namespace: action.name, outputArtifacts: named(action.output) });
    case "approval":
      return { name: action.name, actionTypeId: manual, configuration: { CustomData: action.message } };
    case "release":
      return { name: action.name, actionTypeId: lambda, configuration: { FunctionName: action.function } };
    case "build":
      return build(action.name, {
        inputArtifacts: named(...action.inputs),
        outputArtifacts: action.output === undefined ? [] : named(action.output),
      });
  }
}

import type { PipelineDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import { maskedDeclaration, readDeclaration } from "../../../src/aws/codepipeline/declaration";
import {
  build,
  declaration,
  declared,
  ROOT,
  scriptedCodePipeline,
  source,
  stage,
} from "../support/pipelines";

const create = (pipeline: PipelineDeclaration) => () =>
  scriptedCodePipeline().codepipeline.create(readDeclaration({ pipeline }), [], ROOT);

/** What a client gets: CodePipeline's name of the error, and its message. */
function failure({ code, message = /./ }: { code: string; message?: RegExp }): Error {
  return expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
}

const test1 = stage("Test", build("UnitTest"));

function withRule(
  configuration: Record<string, string>,
  provider = "VariableCheck",
  result: "SKIP" | "FAIL" = "SKIP",
): StageDeclaration {
  const ruleTypeId = { category: "Rule", provider } as const;
  return {
    ...test1,
    beforeEntry: { conditions: [{ result, rules: [{ name: "r", ruleTypeId, configuration }] }] },
  };
}

it("accepts a valid structure", () => {
  expect(create(declared([test1]))).not.toThrow();
});

it("rejects an existing name", () => {
  const { codepipeline } = scriptedCodePipeline();
  codepipeline.create(declaration([test1]), [], ROOT);
  expect(() => codepipeline.create(declaration([test1]), [], ROOT)).toThrow(
    failure({ code: "PipelineNameInUseException" }),
  );
});

it.each<[string, PipelineDeclaration, RegExp]>([
  ["one stage", declared([]), /minimum of two stages/],
  ["two stages of one name", declared([test1, test1]), /Duplicate stage name.*Test/],
  ["two actions of one name", declared([stage("Test", build("A"), build("A"))]), /Duplicate action name.*A/],
  [
    "a repeated namespace",
    declared([stage("T", build("A", { namespace: "Source1" }))]),
    /Duplicate namespace/,
  ],
  ["no action", declared([stage("Test")]), /no actions/],
  [
    "a source in a later stage",
    declared([stage("Test", source({ name: "S2", namespace: "S2" }))]),
    /only be in the first stage/,
  ],
  ["an unknown input", declared([stage("T", build("A", { inputArtifacts: [{ name: "no" }] }))]), /'no'/],
  [
    "an input from an action of the same runOrder",
    declared([
      stage(
        "T",
        build("A", { outputArtifacts: [{ name: "o" }] }),
        build("B", { inputArtifacts: [{ name: "o" }] }),
      ),
    ]),
    /'o' in action B/,
  ],
  [
    "a repeated output",
    declared([stage("T", build("A", { outputArtifacts: [{ name: "source" }] }))]),
    /unique/,
  ],
  ["PARALLEL", declared([test1], { executionMode: "PARALLEL" }), /PARALLEL is not emulated/],
  ["QUEUED with V1", declared([test1], { executionMode: "QUEUED", pipelineType: "V1" }), /V2/],
  ["conditions with V1", declared([withRule({})], { pipelineType: "V1" }), /V2/],
  [
    "deploying a Lambda function with V1",
    declared(
      [
        stage(
          "T",
          build("A", {
            actionTypeId: { category: "Deploy", owner: "AWS", provider: "Lambda", version: "1" },
          }),
        ),
      ],
      { pipelineType: "V1" },
    ),
    /V2/,
  ],
  ["a rule without a value", declared([withRule({ Variable: "v", Operator: "EQ" })]), /configuration Value/],
  ["an unknown operator", declared([withRule({ Variable: "v", Operator: "GT", Value: "1" })]), /GT.*EQ/],
  [
    "a bad pattern",
    declared([withRule({ Variable: "v", Operator: "MATCHES", Value: "(" })]),
    /regular expression/,
  ],
  [
    "a deployment window without a time",
    declared([withRule({}, "DeploymentWindow", "FAIL")]),
    /rule r is missing required configuration Cron/,
  ],
  [
    "a deployment window that skips",
    declared([withRule({ Cron: "* * * ? * *" }, "DeploymentWindow")]),
    /rule DeploymentWindow does not support the result SKIP/,
  ],
  ["another rule", declared([withRule({}, "LambdaInvoke")]), /LambdaInvoke is not emulated/],
  ["ROLLBACK", declared([{ ...test1, onFailure: { result: "ROLLBACK" } }]), /ROLLBACK is not emulated/],
  [
    "a provider that is not emulated",
    declared([
      stage(
        "T",
        build("A", { actionTypeId: { category: "Deploy", owner: "AWS", provider: "ECS", version: "1" } }),
      ),
    ]),
    /AWS\/ECS is not emulated/,
  ],
])("rejects %s", (_, pipeline, message) => {
  expect(create(pipeline)).toThrow(
    failure({
      code: "InvalidStructureException",
      message,
    }),
  );
});

it.each([
  ["a name with a slash", { name: "a/b" }, "pipeline.name"],
  ["a role that is none", { roleArn: "pipeline" }, "pipeline.roleArn"],
])("names the member in the validation error for %s", (_, overrides, member) => {
  expect(create(declared([test1], overrides))).toThrow(
    failure({
      code: "ValidationException",
      message: new RegExp(member),
    }),
  );
});

it("masks the token, and returns everything else unchanged", () => {
  const sent = declared([
    { ...test1, onFailure: { result: "RETRY", retryConfiguration: { retryMode: "ALL_ACTIONS" } } },
  ]);
  const shown = maskedDeclaration(readDeclaration({ pipeline: sent }));
  expect(JSON.stringify(shown)).not.toContain("t0ken");
  expect(shown.stages![0]!.actions![0]!.configuration).toMatchObject({ OAuthToken: "****", Branch: "main" });
  expect(shown.stages![1]).toMatchObject(sent.stages![1]!);
  expect(shown.stages![1]!.actions![0]!.runOrder).toBe(1);
});

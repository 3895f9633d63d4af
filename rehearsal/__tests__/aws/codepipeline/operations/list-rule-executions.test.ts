import type {
  GetPipelineStateOutput,
  ListRuleExecutionsOutput,
  StageDeclaration,
} from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { changedDigest, running } from "../../support/running";

const conditional = (result: "SKIP" | "FAIL"): StageDeclaration[] => [
  stage("Test", build("UnitTest", { namespace: "UnitTest" })),
  {
    ...stage("SelfUpdate", build("Update")),
    beforeEntry: { conditions: [{ result, rules: [changedDigest()] }] },
  },
];

/** Runs a pipeline up to its condition. */
async function upTo(result: "SKIP" | "FAIL", variables: Record<string, string>) {
  const it = await running(conditional(result));
  const pass = async () => {
    await it.provider.last("Source1").succeed();
    await it.provider.last("UnitTest").succeed({ variables });
  };
  await pass();
  const list = (filter?: object, more: object = {}) =>
    it.ask<ListRuleExecutionsOutput>("ListRuleExecutions", { pipelineName: "delivery", filter, ...more });
  const state = async () => {
    const { stageStates } = await it.ask<GetPipelineStateOutput>("GetPipelineState", { name: "delivery" });
    return stageStates!.find(({ stageName }) => stageName === "SelfUpdate")!;
  };
  return { ...it, pass, list, state };
}

it.each([
  ["SKIP", "new", "Succeeded", "InProgress", "InProgress"],
  ["SKIP", "old", "Failed", "Skipped", "Succeeded"],
  ["FAIL", "new", "Succeeded", "InProgress", "InProgress"],
  ["FAIL", "old", "Failed", "Failed", "Failed"],
] as const)("evaluates %s with the digest %s", async (result, Digest, ruleStatus, stageStatus, status) => {
  const { first, list, state } = await upTo(result, { Digest });
  const { ruleExecutionDetails } = await list();
  const [run] = ruleExecutionDetails!;
  const summary = `#{UnitTest.Digest} is "${Digest}": NE "old" ${Digest === "new" ? "holds" : "does not hold"}.`;
  expect(ruleExecutionDetails).toMatchObject([
    {
      pipelineExecutionId: first.id,
      pipelineVersion: 1,
      stageName: "SelfUpdate",
      ruleName: "changed",
      status: ruleStatus,
      input: {
        ruleTypeId: { provider: "VariableCheck" },
        configuration: { Variable: "#{UnitTest.Digest}" },
        resolvedConfiguration: { Variable: Digest, Operator: "NE", Value: "old" },
      },
      output: { executionResult: { externalExecutionSummary: summary } },
    },
  ]);
  expect(await state()).toMatchObject({
    latestExecution: { status: stageStatus },
    beforeEntryConditionState: {
      latestExecution: { status: ruleStatus },
      conditionStates: [
        {
          latestExecution: { status: ruleStatus },
          ruleStates: [
            {
              ruleName: "changed",
              latestExecution: { ruleExecutionId: run!.ruleExecutionId, status: ruleStatus, summary },
            },
          ],
        },
      ],
    },
  });
  expect(first.status).toBe(status);
});

it("shows a variable without a value as an error of the rule, which fails the stage", async () => {
  const { first, list, state } = await upTo("SKIP", {});
  const errorDetails = {
    code: "ConfigurationError",
    message: expect.stringContaining("#{UnitTest.Digest}") as string,
  };
  const { ruleExecutionDetails } = await list();
  expect(ruleExecutionDetails).toMatchObject([
    { status: "Failed", output: { executionResult: { errorDetails } } },
  ]);
  expect(await state()).toMatchObject({
    latestExecution: { status: "Failed" },
    beforeEntryConditionState: {
      latestExecution: { status: "Errored" },
      conditionStates: [{ ruleStates: [{ latestExecution: { status: "Failed", errorDetails } }] }],
    },
  });
  expect(first.status).toBe("Failed");
});

it("lists evaluations by execution, in pages", async () => {
  const { ask, pass, list, first } = await upTo("SKIP", { Digest: "old" });
  const { pipelineExecutionId: second } = await ask<{ pipelineExecutionId: string }>(
    "StartPipelineExecution",
    { name: "delivery" },
  );
  await pass();
  const executions = async (filter?: object, more?: object) => {
    const { ruleExecutionDetails, nextToken } = await list(filter, more);
    return { ids: ruleExecutionDetails!.map((detail) => detail.pipelineExecutionId), nextToken };
  };
  expect((await executions()).ids).toEqual([second, first.id]);
  expect((await executions({ pipelineExecutionId: first.id })).ids).toEqual([first.id]);
  const { ids, nextToken } = await executions(undefined, { maxResults: 1 });
  expect(ids).toEqual([second]);
  expect(await executions(undefined, { maxResults: 1, nextToken })).toEqual({
    ids: [first.id],
    nextToken: undefined,
  });
});

it.each([
  ["PipelineNotFoundException", { pipelineName: "none" }],
  [
    "PipelineExecutionNotFoundException",
    { filter: { pipelineExecutionId: "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d" } },
  ],
  ["InvalidNextTokenException", { nextToken: "none" }],
  ["ValidationException", { maxResults: 101 }],
])("answers %s to an invalid input", async (code, input) => {
  const { ask } = await upTo("SKIP", { Digest: "old" });
  const question = { pipelineName: "delivery", ...input };
  await expect(ask("ListRuleExecutions", question)).rejects.toMatchObject({ code });
});

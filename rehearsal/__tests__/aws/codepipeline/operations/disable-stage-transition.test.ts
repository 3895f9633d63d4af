import type { GetPipelineStateOutput } from "@aws-sdk/client-codepipeline";
import { build, ROOT, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const INTO_TEST = {
  pipelineName: "delivery",
  stageName: "Test",
  transitionType: "Inbound",
  reason: "freeze",
};

it("keeps executions out of the stage, and shows the reason and the time", async () => {
  const { ask, provider, first } = await running([stage("Test", build("UnitTest"))]);
  await ask("DisableStageTransition", INTO_TEST);
  await provider.last("Source1").succeed();
  expect(provider.names()).toEqual(["Source1"]);
  const { stageStates } = await ask<GetPipelineStateOutput>("GetPipelineState", { name: "delivery" });
  expect(stageStates![1]).toMatchObject({
    inboundTransitionState: {
      enabled: false,
      disabledReason: "freeze",
      lastChangedAt: expect.any(Date) as Date,
      lastChangedBy: ROOT,
    },
    inboundExecution: { pipelineExecutionId: first.id, status: "InProgress" },
  });
});

it("does not stop the execution in the stage", async () => {
  const { ask, provider, first } = await running([stage("Test", build("UnitTest"))]);
  await provider.last("Source1").succeed();
  await ask("DisableStageTransition", INTO_TEST);
  await provider.last("UnitTest").succeed();
  expect(first.status).toBe("Succeeded");
});

it.each<[string, object, RegExp]>([
  ["ValidationException", { transitionType: "Outbound" }, /Outbound .*not emulated/],
  ["ValidationException", { reason: undefined }, /reason/],
  ["ValidationException", { reason: "x".repeat(301) }, /reason/],
  ["StageNotFoundException", { stageName: "None" }, /None/],
  ["PipelineNotFoundException", { pipelineName: "none" }, /none/],
])("answers %s to %j", async (code, input, message) => {
  const { ask } = await running([stage("Test", build("UnitTest"))]);
  await expect(ask("DisableStageTransition", { ...INTO_TEST, ...input })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});

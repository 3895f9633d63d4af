import type { GetPipelineStateOutput } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const INTO_TEST = { pipelineName: "delivery", stageName: "Test", transitionType: "Inbound" };

test("a disabled transition keeps executions out, and says why, until it is enabled", async () => {
  const { ask, provider, first } = await running([stage("Test", build("UnitTest"))]);
  const state = async () => {
    const { stageStates } = await ask<GetPipelineStateOutput>("GetPipelineState", { name: "delivery" });
    return stageStates![1]!;
  };
  await ask("DisableStageTransition", { ...INTO_TEST, reason: "freeze" });
  await provider.last("Source1").succeed();
  expect(provider.names()).toEqual(["Source1"]);
  expect(await state()).toMatchObject({
    inboundTransitionState: {
      enabled: false,
      disabledReason: "freeze",
      lastChangedAt: expect.any(Date) as Date,
    },
    inboundExecution: { pipelineExecutionId: first.id, status: "InProgress" },
  });
  await ask("EnableStageTransition", INTO_TEST);
  expect(provider.names()).toEqual(["Source1", "UnitTest"]);
  expect((await state()).inboundTransitionState).toMatchObject({ enabled: true, disabledReason: undefined });
});

test.each<[string, object, RegExp]>([
  ["ValidationException", { transitionType: "Outbound" }, /Outbound .*not emulated/],
  ["ValidationException", { reason: undefined }, /reason/],
  ["StageNotFoundException", { stageName: "None" }, /None/],
  ["PipelineNotFoundException", { pipelineName: "none" }, /none/],
])("%s is what %j gets", async (code, input, message) => {
  const { ask } = await running([stage("Test", build("UnitTest"))]);
  const request = { ...INTO_TEST, reason: "freeze", ...input };
  await expect(ask("DisableStageTransition", request)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});

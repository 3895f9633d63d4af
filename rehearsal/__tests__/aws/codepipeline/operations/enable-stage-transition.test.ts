import type { GetPipelineStateOutput } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const INTO_TEST = { pipelineName: "delivery", stageName: "Test", transitionType: "Inbound" };

/** A pipeline whose first execution waits before a stage that is closed. */
async function closed() {
  const it = await running([stage("Test", build("UnitTest"))]);
  await it.ask("DisableStageTransition", { ...INTO_TEST, reason: "freeze" });
  await it.provider.last("Source1").succeed();
  expect(it.provider.names()).toEqual(["Source1"]);
  return it;
}

it("lets the waiting execution enter, and removes the reason", async () => {
  const { ask, provider } = await closed();
  await ask("EnableStageTransition", INTO_TEST);
  expect(provider.names()).toEqual(["Source1", "UnitTest"]);
  const { stageStates } = await ask<GetPipelineStateOutput>("GetPipelineState", { name: "delivery" });
  const { inboundTransitionState, inboundExecution } = stageStates![1]!;
  expect(inboundTransitionState).toMatchObject({ enabled: true, disabledReason: undefined });
  expect(inboundExecution).toBeUndefined();
});

it("keeps an enabled transition enabled", async () => {
  const { ask, provider } = await running([stage("Test", build("UnitTest"))]);
  await ask("EnableStageTransition", INTO_TEST);
  await provider.last("Source1").succeed();
  expect(provider.names()).toEqual(["Source1", "UnitTest"]);
});

it.each<[string, object, RegExp]>([
  ["ValidationException", { transitionType: "Outbound" }, /Outbound .*not emulated/],
  ["ValidationException", { transitionType: undefined }, /transitionType/],
  ["StageNotFoundException", { stageName: "None" }, /None/],
  ["PipelineNotFoundException", { pipelineName: "none" }, /none/],
])("answers %s to %j, and keeps the transition disabled", async (code, input, message) => {
  const { ask, provider } = await closed();
  await expect(ask("EnableStageTransition", { ...INTO_TEST, ...input })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
  expect(provider.names()).toEqual(["Source1"]);
});

import type { ListPipelineExecutionsOutput } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

async function stoppable() {
  const it = await running([stage("Test", build("UnitTest"), build("More", { runOrder: 2 }))]);
  await it.provider.last("Source1").succeed();
  const stop = (more: object = {}) =>
    it.ask("StopPipelineExecution", {
      pipelineName: "delivery",
      pipelineExecutionId: it.first.id,
      reason: "enough",
      ...more,
    });
  return { ...it, stop };
}

it("waits for the running action, and runs no more", async () => {
  const { ask, provider, first, stop } = await stoppable();
  await stop();
  expect(first.status).toBe("Stopping");
  await expect(stop()).rejects.toMatchObject({ code: "DuplicatedStopRequestException" });
  await provider.last("UnitTest").succeed();
  expect(first.status).toBe("Stopped");
  expect(first.latest("Test", "UnitTest")!.status).toBe("Succeeded");
  expect(provider.names()).not.toContain("More");
  const { pipelineExecutionSummaries } = await ask<ListPipelineExecutionsOutput>("ListPipelineExecutions", {
    pipelineName: "delivery",
  });
  expect(pipelineExecutionSummaries).toMatchObject([
    { status: "Stopped", stopTrigger: { reason: "enough" } },
  ]);
});

it("waits for nothing with abandon, also after a stop without", async () => {
  const { first, stop, provider } = await stoppable();
  await stop();
  await stop({ abandon: true });
  expect(first.status).toBe("Stopped");
  expect(first.latest("Test", "UnitTest")!.status).toBe("Abandoned");
  await provider.last("UnitTest").succeed();
  expect(first.latest("Test", "UnitTest")!.status).toBe("Abandoned");
});

it.each<[string, object]>([
  ["PipelineNotFoundException", { pipelineName: "none" }],
  ["PipelineExecutionNotStoppableException", { pipelineExecutionId: "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d" }],
  ["ValidationException", { reason: "x".repeat(201) }],
])("answers %s to an invalid input", async (code, input) => {
  const { stop, first } = await stoppable();
  await expect(stop(input)).rejects.toMatchObject({ code });
  expect(first.status).toBe("InProgress");
});

it("rejects an execution that has ended", async () => {
  const { stop } = await stoppable();
  await stop({ abandon: true });
  await expect(stop()).rejects.toMatchObject({ code: "PipelineExecutionNotStoppableException" });
});

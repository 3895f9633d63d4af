import type { ListActionExecutionsOutput, ListPipelineExecutionsOutput } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

/** A pipeline with three executions: the first succeeded, the second failed in its build, the third is new. */
async function three() {
  const it = await running([stage("Test", build("UnitTest"))]);
  await it.provider.last("Source1").succeed();
  await it.provider.last("UnitTest").succeed();
  const start = async () => {
    const input = { name: "delivery" };
    const { pipelineExecutionId } = await it.ask<{ pipelineExecutionId: string }>(
      "StartPipelineExecution",
      input,
    );
    return pipelineExecutionId;
  };
  const second = await start();
  await it.provider.last("Source1").succeed();
  await it.provider.last("UnitTest").fail("flaky");
  const third = await start();
  const executions = async (input: object = {}) => {
    const { pipelineExecutionSummaries, nextToken } = await it.ask<ListPipelineExecutionsOutput>(
      "ListPipelineExecutions",
      { pipelineName: "delivery", ...input },
    );
    return { ids: pipelineExecutionSummaries!.map((one) => one.pipelineExecutionId), nextToken };
  };
  const actions = async (input: object = {}) => {
    const { actionExecutionDetails, nextToken } = await it.ask<ListActionExecutionsOutput>(
      "ListActionExecutions",
      { pipelineName: "delivery", ...input },
    );
    const names = actionExecutionDetails!.map(({ actionName, status }) => `${actionName} ${status}`);
    return { names, nextToken };
  };
  return { ...it, ids: [it.first.id, second, third] as const, start, executions, actions };
}

describe("ListPipelineExecutions", () => {
  it("returns pages that do not shift when an execution is added", async () => {
    const { ids, start, executions } = await three();
    const page = await executions({ maxResults: 2 });
    expect(page.ids).toEqual([ids[2], ids[1]]);
    await start();
    const last = await executions({ maxResults: 2, nextToken: page.nextToken });
    expect(last).toEqual({ ids: [ids[0]], nextToken: undefined });
  });

  it("returns no token with the last page", async () => {
    const { executions } = await three();
    expect((await executions({ maxResults: 3 })).nextToken).toBeUndefined();
  });

  it("finds executions that succeeded in a stage", async () => {
    const { ids, executions } = await three();
    const filter = (stageName: string) => ({ filter: { succeededInStage: { stageName } } });
    expect((await executions(filter("Source"))).ids).toEqual([ids[1], ids[0]]);
    expect((await executions(filter("Test"))).ids).toEqual([ids[0]]);
  });

  it.each([
    ["InvalidNextTokenException", { nextToken: "none" }],
    ["ValidationException", { maxResults: 0 }],
    ["PipelineNotFoundException", { pipelineName: "none" }],
  ])("answers %s to %j", async (code, input) => {
    const { executions } = await three();
    await expect(executions(input)).rejects.toMatchObject({ code });
  });
});

describe("ListActionExecutions", () => {
  it("returns the actions of all executions or of one, in pages", async () => {
    const { ids, actions } = await three();
    const all = ["Source1 InProgress", "UnitTest Failed", "Source1 Succeeded"];
    expect((await actions()).names).toEqual([...all, "UnitTest Succeeded", "Source1 Succeeded"]);
    const filter = { pipelineExecutionId: ids[1] };
    const page = await actions({ filter, maxResults: 1 });
    expect(page.names).toEqual(["UnitTest Failed"]);
    const last = await actions({ filter, maxResults: 1, nextToken: page.nextToken });
    expect(last).toEqual({ names: ["Source1 Succeeded"], nextToken: undefined });
  });

  it("returns all runs of an execution, or the newest of each action", async () => {
    const { ids, ask, provider, actions } = await three();
    await ask("RetryStageExecution", {
      pipelineName: "delivery",
      stageName: "Test",
      pipelineExecutionId: ids[1],
      retryMode: "ALL_ACTIONS",
    });
    await provider.last("UnitTest").succeed();
    const filter = (startTimeRange: string) => ({
      filter: { latestInPipelineExecution: { pipelineExecutionId: ids[1], startTimeRange } },
    });
    const latest = ["UnitTest Succeeded", "Source1 Succeeded"];
    expect((await actions(filter("Latest"))).names).toEqual(latest);
    expect((await actions(filter("All"))).names).toEqual([latest[0], "UnitTest Failed", latest[1]]);
  });

  it("answers for a missing execution", async () => {
    const { actions } = await three();
    await expect(
      actions({ filter: { pipelineExecutionId: "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d" } }),
    ).rejects.toMatchObject({
      code: "PipelineExecutionNotFoundException",
    });
  });
});

import type { GetPipelineStateOutput, StageDeclaration, StageRetryMode } from "@aws-sdk/client-codepipeline";
import type { StateChange } from "../../../../src/aws/state-change";
import { build, stage } from "../../support/pipelines";
import { changedDigest, running } from "../../support/running";

const TWO = stage("Test", build("Good"), build("Bad"));

const retrying = (retryMode: StageRetryMode): StageDeclaration => ({
  ...TWO,
  onFailure: { result: "RETRY", retryConfiguration: { retryMode } },
});

/** A pipeline in whose stage `Test` one of two actions has failed. */
async function failing(test: StageDeclaration) {
  const it = await running([test, stage("Deploy", build("Prod"))]);
  const fail = async () => {
    // What is not run again has its outcome already.
    if (it.provider.names().at(-2) === "Good") await it.provider.last("Good").succeed();
    await it.provider.last("Bad").fail("flaky");
  };
  await it.provider.last("Source1").succeed();
  await fail();
  const state = async () => {
    const { stageStates } = await it.ask<GetPipelineStateOutput>("GetPipelineState", { name: "delivery" });
    return stageStates!.find(({ stageName }) => stageName === "Test")!;
  };
  const retry = (retryMode: string, more: object = {}) =>
    it.ask("RetryStageExecution", {
      pipelineName: "delivery",
      stageName: "Test",
      pipelineExecutionId: it.first.id,
      retryMode,
      ...more,
    });
  return { ...it, fail, state, retry };
}

const ran = (names: string[]) => names.filter((name) => name !== "Source1");

const states = (changes: readonly StateChange[]) =>
  changes.flatMap((change) =>
    change.kind === "stage" && change.stage === "Test" ? [`${change.state} ${change.attempt}`] : [],
  );

describe("onFailure RETRY", () => {
  it.each<[StageRetryMode, string[]]>([
    ["FAILED_ACTIONS", ["Bad"]],
    ["ALL_ACTIONS", ["Good", "Bad"]],
  ])("with %s runs %j once more, as a second attempt", async (mode, again) => {
    const { provider, first, changes, state } = await failing(retrying(mode));
    expect(ran(provider.names())).toEqual(["Good", "Bad", ...again]);
    expect(first.status).toBe("InProgress");
    expect((await state()).retryStageMetadata).toEqual({
      autoStageRetryAttempt: 1,
      latestRetryTrigger: "AutomatedStageRetry",
    });
    if (again.includes("Good")) await provider.last("Good").succeed();
    await provider.last("Bad").succeed();
    await provider.last("Prod").succeed();
    expect(first.status).toBe("Succeeded");
    expect(states(changes)).toEqual(["STARTED 1", "RESUMED 2", "SUCCEEDED 2"]);
  });

  it("happens once, even if the operator retries afterwards", async () => {
    const { provider, first, changes, fail, state, retry } = await failing(retrying("FAILED_ACTIONS"));
    await fail();
    expect(first.status).toBe("Failed");
    await retry("FAILED_ACTIONS");
    await fail();
    expect(first.status).toBe("Failed");
    expect(ran(provider.names())).toEqual(["Good", "Bad", "Bad", "Bad"]);
    expect((await state()).retryStageMetadata).toEqual({
      autoStageRetryAttempt: 1,
      manualStageRetryAttempt: 1,
      latestRetryTrigger: "ManualStageRetry",
    });
    expect(states(changes).at(-1)).toBe("FAILED 3");
  });
});

describe("RetryStageExecution", () => {
  it.each([
    ["FAILED_ACTIONS", ["Bad"]],
    ["ALL_ACTIONS", ["Good", "Bad"]],
  ])("with %s runs %j again, then the next stages", async (mode, again) => {
    const { provider, first, retry } = await failing(TWO);
    await retry(mode);
    expect(ran(provider.names())).toEqual(["Good", "Bad", ...again]);
    for (const name of [...again, "Prod"]) await provider.last(name).succeed();
    expect([first.status, first.attempt]).toEqual(["Succeeded", 2]);
  });

  it.each<[string, object]>([
    ["PipelineNotFoundException", { pipelineName: "none" }],
    ["StageNotFoundException", { stageName: "None" }],
    ["NotLatestPipelineExecutionException", { pipelineExecutionId: "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d" }],
    ["NotLatestPipelineExecutionException", { stageName: "Deploy" }],
    ["StageNotRetryableException", { stageName: "Source" }],
    ["ValidationException", { retryMode: "SOME_ACTIONS" }],
  ])("answers %s to %j", async (code, input) => {
    const { retry } = await failing(TWO);
    await expect(retry("ALL_ACTIONS", input)).rejects.toMatchObject({ code });
  });

  it("does not retry a stage that was skipped", async () => {
    const skipped = {
      ...stage("SelfUpdate", build("Update")),
      beforeEntry: { conditions: [{ result: "SKIP" as const, rules: [changedDigest()] }] },
    };
    const { ask, provider, first } = await running([
      stage("Test", build("UnitTest", { namespace: "UnitTest" })),
      skipped,
    ]);
    await provider.last("Source1").succeed();
    await provider.last("UnitTest").succeed({ variables: { Digest: "old" } });
    const retry = ask("RetryStageExecution", {
      pipelineName: "delivery",
      stageName: "SelfUpdate",
      pipelineExecutionId: first.id,
      retryMode: "ALL_ACTIONS",
    });
    await expect(retry).rejects.toMatchObject({ code: "StageNotRetryableException" });
  });
});

import type { StageDeclaration } from "@aws-sdk/client-codepipeline";
import type { ActionChange } from "../../../src/aws/state-change";
import { build, declaration, ROOT, scriptedCodePipeline, settled, stage } from "../support/pipelines";

const TRIGGER = { triggerType: "StartPipelineExecution", triggerDetail: "test" } as const;

/** A pipeline that has been created, and whose first execution waits for its source. */
async function created(stages: StageDeclaration[], overrides = {}) {
  const scripted = scriptedCodePipeline();
  const pipeline = scripted.codepipeline.create(declaration(stages, overrides), [], ROOT);
  await settled();
  const start = async () => {
    const execution = scripted.codepipeline.start(pipeline, TRIGGER);
    await settled();
    return execution;
  };
  return { ...scripted, pipeline, first: pipeline.executions[0]!, start };
}

describe("an execution", () => {
  it("starts with the creation of the pipeline, and runs the stages in order", async () => {
    const { provider, first, changes } = await created([
      stage("Test", build("UnitTest")),
      stage("Deploy", build("Prod")),
    ]);
    expect(first.trigger.triggerType).toBe("CreatePipeline");
    for (const action of ["Source1", "UnitTest", "Prod"]) {
      expect(provider.names().at(-1)).toBe(action);
      await provider.last(action).succeed();
    }
    expect(first.status).toBe("Succeeded");
    const states = changes.flatMap((change) =>
      change.kind === "stage" ? [`${change.stage} ${change.state}`] : [],
    );
    expect(states).toEqual([
      "Source STARTED",
      "Source SUCCEEDED",
      "Test STARTED",
      "Test SUCCEEDED",
      "Deploy STARTED",
      "Deploy SUCCEEDED",
    ]);
  });

  it("runs actions of the same runOrder in parallel, and the others after them", async () => {
    const { provider } = await created([
      stage("Test", build("A"), build("Last", { runOrder: 2 }), build("B", { runOrder: 1 })),
    ]);
    await provider.last("Source1").succeed();
    expect(provider.names().slice(1)).toEqual(["A", "B"]);
    await provider.last("A").succeed();
    expect(provider.names()).not.toContain("Last");
    await provider.last("B").succeed();
    expect(provider.names().at(-1)).toBe("Last");
  });

  it("fails with its action, and runs nothing after it", async () => {
    const { provider, first, pipeline } = await created([
      stage("Test", build("UnitTest")),
      stage("Deploy", build("Prod")),
    ]);
    await provider.last("Source1").succeed();
    await provider.last("UnitTest").fail("exit status 1");
    expect(first.status).toBe("Failed");
    expect(provider.names()).not.toContain("Prod");
    expect(pipeline.stage("Test")!.actions.get("UnitTest")!.error).toEqual({
      code: "JobFailed",
      message: "exit status 1",
    });
  });

  it("passes artifacts on, with the commit that they were created from", async () => {
    const { provider } = await created([
      stage("Test", build("UnitTest", { outputArtifacts: [{ name: "synthesized" }] })),
      stage("Deploy", build("Prod", { inputArtifacts: [{ name: "synthesized" }] })),
    ]);
    await provider.last("Source1").succeed({ revision: { revisionId: "c0ffee" } });
    const made = provider.last("UnitTest").request;
    expect(made.inputs).toMatchObject([{ name: "source", bucket: "artifacts", revision: "c0ffee" }]);
    expect(made.outputs[0]!.key).toMatch(/^delivery\/synthesize\/[A-Za-z0-9]{7}$/);
    await provider.last("UnitTest").succeed();
    expect(provider.last("Prod").request.inputs).toEqual([{ ...made.outputs[0], revision: "c0ffee" }]);
  });

  it("resolves variables of namespaces in configurations", async () => {
    const configuration = {
      ProjectName: "p",
      EnvironmentVariables: "#{Source1.CommitId} #{codepipeline.PipelineExecutionId}",
    };
    const { provider, first } = await created([stage("Test", build("UnitTest", { configuration }))]);
    await provider.last("Source1").succeed({ variables: { CommitId: "c0ffee" } });
    expect(provider.last("UnitTest").request.configuration.EnvironmentVariables).toBe(`c0ffee ${first.id}`);
  });

  it("fails on a variable without a value, and names it", async () => {
    const configuration = { ProjectName: "#{Source1.Nothing}" };
    const { provider, first, pipeline } = await created([
      stage("Test", build("UnitTest", { configuration })),
    ]);
    await provider.last("Source1").succeed();
    expect(first.status).toBe("Failed");
    expect(provider.names()).toEqual(["Source1"]);
    expect(pipeline.stage("Test")!.actions.get("UnitTest")!.error!.message).toContain("#{Source1.Nothing}");
  });

  it("is removed after a hundred newer ones", async () => {
    const { codepipeline, provider, pipeline, first } = await created([stage("Test", build("UnitTest"))]);
    await provider.last("Source1").fail("no");
    for (let count = 0; count < 120; count++) {
      codepipeline.start(pipeline, TRIGGER);
      await provider.last("Source1").fail("no");
    }
    expect(pipeline.executions).toHaveLength(100);
    expect(pipeline.execution(first.id)).toBeUndefined();
  });
});

describe("the entry condition of a stage", () => {
  const conditional = (result: "SKIP" | "FAIL"): StageDeclaration => ({
    ...stage("SelfUpdate", build("Update")),
    beforeEntry: {
      conditions: [
        {
          result,
          rules: [
            {
              name: "changed",
              ruleTypeId: { category: "Rule", owner: "AWS", provider: "VariableCheck", version: "1" },
              configuration: { Variable: "#{UnitTest.Digest}", Operator: "NE", Value: "old" },
            },
          ],
        },
      ],
    },
  });
  const test1 = stage("Test", build("UnitTest", { namespace: "UnitTest" }));

  it.each([
    ["SKIP", "new", ["Update"], "Succeeded", "Succeeded"],
    ["SKIP", "old", [], "Skipped", "Succeeded"],
    ["FAIL", "old", [], "Failed", "Failed"],
  ] as const)("%s with digest %s", async (result, digest, ran, stageStatus, status) => {
    const { provider, pipeline, first } = await created([test1, conditional(result)]);
    await provider.last("Source1").succeed();
    await provider.last("UnitTest").succeed({ variables: { Digest: digest } });
    expect(provider.names().slice(2)).toEqual(ran);
    if (ran.length > 0) await provider.last("Update").succeed();
    expect(pipeline.stage("SelfUpdate")!.latest!.status).toBe(stageStatus);
    expect(first.status).toBe(status);
  });

  it("fails the stage, even with SKIP, when the variable has no value", async () => {
    const { provider, first, pipeline } = await created([test1, conditional("SKIP")]);
    await provider.last("Source1").succeed();
    await provider.last("UnitTest").succeed();
    expect(pipeline.stage("SelfUpdate")!.latest!.status).toBe("Failed");
    expect(first.status).toBe("Failed");
  });
});

describe("an occupied stage", () => {
  const stages = [stage("Test", build("UnitTest"))];

  it("lets only the newest execution wait in SUPERSEDED mode", async () => {
    const { provider, first, start } = await created(stages);
    const [second, third] = [await start(), await start()];
    expect([first.status, second.status, third.status]).toEqual(["InProgress", "Superseded", "InProgress"]);
    expect(provider.runs).toHaveLength(1);
    await provider.last("Source1").succeed();
    expect(provider.runs).toHaveLength(3);
    expect(provider.last("Source1").request.executionId).toBe(third.id);
  });

  it("lets all executions wait in order in QUEUED mode", async () => {
    const { provider, first, start } = await created(stages, { executionMode: "QUEUED" });
    const ids = [first.id, (await start()).id, (await start()).id];
    for (const id of ids) {
      const run = provider.last("Source1");
      expect(run.request.executionId).toBe(id);
      await run.succeed();
    }
    const unitTest = provider.last("UnitTest");
    expect(unitTest.request.executionId).toBe(first.id);
    await unitTest.succeed();
    expect(provider.last("UnitTest").request.executionId).toBe(ids[1]);
  });

  it("is free again after a failure", async () => {
    const { provider, start } = await created(stages);
    const second = await start();
    await provider.last("Source1").fail("no");
    expect(provider.last("Source1").request.executionId).toBe(second.id);
  });

  it("rejects the 51st execution in QUEUED mode", async () => {
    const { codepipeline, pipeline } = await created(stages, { executionMode: "QUEUED" });
    for (let count = 1; count < 50; count++) codepipeline.start(pipeline, TRIGGER);
    expect(() => codepipeline.start(pipeline, TRIGGER)).toThrow(/50 active executions/);
  });

  it("lets no execution enter while its transition is disabled", async () => {
    const { codepipeline, provider, pipeline } = await created(stages);
    const test = pipeline.stage("Test")!;
    codepipeline.engine.setTransition(pipeline, test, false, ROOT, "freeze");
    await provider.last("Source1").succeed();
    expect(provider.names()).toEqual(["Source1"]);
    codepipeline.engine.setTransition(pipeline, test, true, ROOT);
    await settled();
    expect(provider.names()).toEqual(["Source1", "UnitTest"]);
  });
});

describe("updating a running pipeline", () => {
  it("cancels running and waiting executions, starts nothing, and abandons the action", async () => {
    const { codepipeline, provider, pipeline, first, start, changes } = await created([
      stage("Test", build("UnitTest")),
    ]);
    await provider.last("Source1").succeed();
    const second = await start();
    await provider.last("Source1").succeed();
    const running = provider.last("UnitTest");
    codepipeline.update(declaration([stage("Test", build("UnitTest")), stage("More", build("New"))]));
    await settled();
    expect([first.status, second.status]).toEqual(["Cancelled", "Cancelled"]);
    expect(pipeline.version).toBe(2);
    const cancelled = changes.filter(
      (change): change is ActionChange => change.kind === "action" && change.state === "CANCELED",
    );
    expect(cancelled).toMatchObject([{ action: "UnitTest", status: "Abandoned" }]);

    // The build continues; its end changes nothing.
    const before = changes.length;
    await running.succeed();
    expect(changes).toHaveLength(before);
    expect(provider.runs).toHaveLength(3);

    // The next execution has the new structure, and its stages are free.
    await start();
    for (const action of ["Source1", "UnitTest", "New"]) await provider.last(action).succeed();
    expect(pipeline.executions.at(-1)!.status).toBe("Succeeded");
  });
});

describe("stopping an execution", () => {
  it("waits for the running actions, and runs no more", async () => {
    const { codepipeline, provider, pipeline, first } = await created([
      stage("Test", build("UnitTest"), build("More", { runOrder: 2 })),
    ]);
    await provider.last("Source1").succeed();
    codepipeline.engine.stop(pipeline, first, false, "enough");
    expect(first.status).toBe("Stopping");
    await provider.last("UnitTest").succeed();
    expect([first.status, first.statusSummary]).toEqual(["Stopped", "enough"]);
    expect(provider.names()).not.toContain("More");
    expect(pipeline.stage("Test")!.latest!.status).toBe("Stopped");
  });

  it("abandons them on request, and lets the next execution enter", async () => {
    const { codepipeline, provider, pipeline, first, start } = await created([
      stage("Test", build("UnitTest")),
    ]);
    const second = await start();
    codepipeline.engine.stop(pipeline, first, true, "enough");
    await settled();
    expect(first.status).toBe("Stopped");
    expect(first.latest("Source", "Source1")!.status).toBe("Abandoned");
    expect(provider.last("Source1").request.executionId).toBe(second.id);
  });

  it("stops a waiting execution at once", async () => {
    const { codepipeline, pipeline, start } = await created([stage("Test", build("UnitTest"))]);
    const second = await start();
    codepipeline.engine.stop(pipeline, second, false, "enough");
    expect(second.status).toBe("Stopped");
    expect(pipeline.stages[0]!.waiting).toEqual([]);
  });
});

describe("retrying a stage", () => {
  it("runs only the failed actions, then the next stages", async () => {
    const { codepipeline, provider, pipeline, first } = await created([
      stage("Test", build("Good"), build("Bad")),
      stage("Deploy", build("Prod")),
    ]);
    await provider.last("Source1").succeed();
    await provider.last("Good").succeed();
    await provider.last("Bad").fail("flaky");
    codepipeline.engine.retry(pipeline, first, pipeline.stage("Test")!, true);
    await settled();
    expect(provider.names().slice(3)).toEqual(["Bad"]);
    await provider.last("Bad").succeed();
    await provider.last("Prod").succeed();
    expect([first.status, first.attempt]).toEqual(["Succeeded", 2]);
  });

  it("happens once automatically if onFailure is RETRY", async () => {
    const retried: StageDeclaration = { ...stage("Test", build("Flaky")), onFailure: { result: "RETRY" } };
    const { provider, first } = await created([retried]);
    await provider.last("Source1").succeed();
    await provider.last("Flaky").fail("once");
    expect(first.status).toBe("InProgress");
    await provider.last("Flaky").fail("twice");
    expect(first.status).toBe("Failed");
    expect(provider.names()).toEqual(["Source1", "Flaky", "Flaky"]);
  });
});

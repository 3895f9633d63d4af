import type { GetPipelineStateOutput, StageDeclaration } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { changedDigest, running } from "../../support/running";

/** A stage that can be entered in one minute of the year 2199. */
const closed: StageDeclaration = {
  ...stage("Deploy", build("Prod")),
  beforeEntry: {
    conditions: [
      {
        result: "FAIL",
        rules: [
          {
            name: "window",
            ruleTypeId: { category: "Rule", owner: "AWS", provider: "DeploymentWindow", version: "1" },
            configuration: { Cron: "* 0 0 1 JAN ? 2199", TimeZone: "Europe/Berlin" },
          },
        ],
      },
    ],
  },
};

/** A pipeline whose execution has come to the closed stage. */
async function failing(stages: StageDeclaration[] = [closed]) {
  const it = await running(stages);
  await it.provider.last("Source1").succeed();
  const override = (changes: object = {}) =>
    it.ask("OverrideStageCondition", {
      pipelineName: "delivery",
      stageName: "Deploy",
      pipelineExecutionId: it.first.id,
      conditionType: "BEFORE_ENTRY",
      ...changes,
    });
  const condition = async () => {
    const { stageStates } = await it.ask<GetPipelineStateOutput>("GetPipelineState", { name: "delivery" });
    return stageStates!.find(({ stageName }) => stageName === "Deploy")!.beforeEntryConditionState!;
  };
  return { ...it, override, condition };
}

describe("a stage outside of its deployment window", () => {
  it("fails with the window in the summary of the rule, before any action", async () => {
    const { first, provider, condition } = await failing();
    expect(first.status).toBe("Failed");
    expect(provider.names()).toEqual(["Source1"]);
    const { latestExecution, conditionStates } = await condition();
    expect(latestExecution).toEqual({ status: "Failed" });
    expect(conditionStates![0]!.ruleStates).toMatchObject([
      {
        ruleName: "window",
        latestExecution: {
          status: "Failed",
          summary: "The deployment window * 0 0 1 JAN ? 2199 (Europe/Berlin) is closed.",
        },
      },
    ]);
  });

  it("is entered when an operator overrides the condition, and the execution continues", async () => {
    const { first, provider, override, condition } = await failing([closed, stage("After", build("Last"))]);
    await override();
    expect(first.status).toBe("InProgress");
    expect((await condition()).latestExecution).toEqual({ status: "Overridden" });
    await provider.last("Prod").succeed();
    await provider.last("Last").succeed();
    expect(first.status).toBe("Succeeded");
  });

  it("is failed by the window again when the stage is retried", async () => {
    const { first, ask } = await failing();
    await ask("RetryStageExecution", {
      pipelineName: "delivery",
      stageName: "Deploy",
      pipelineExecutionId: first.id,
      retryMode: "FAILED_ACTIONS",
    });
    expect(first.status).toBe("Failed");
  });
});

describe("OverrideStageCondition", () => {
  const refused = (name: string) => expect.objectContaining({ name }) as Error;

  it("refuses another execution, and a condition that has not failed", async () => {
    const { override } = await failing();
    await expect(override({ pipelineExecutionId: "5d6c2e4a-0000-4000-8000-000000000001" })).rejects.toThrow(
      refused("NotLatestPipelineExecutionException"),
    );
    await expect(override({ conditionType: "ON_SUCCESS" })).rejects.toThrow(
      refused("ConditionNotOverridableException"),
    );
    await expect(override({ stageName: "Other" })).rejects.toThrow(refused("StageNotFoundException"));
  });

  it("refuses a stage that an action has failed", async () => {
    const { override, provider, first } = await failing([stage("Deploy", build("Prod"))]);
    await provider.last("Prod").fail("no");
    expect(first.status).toBe("Failed");
    await expect(override()).rejects.toThrow(refused("ConditionNotOverridableException"));
  });

  it("refuses a stage that was skipped", async () => {
    const skipped: StageDeclaration = {
      ...stage("Deploy", build("Prod")),
      beforeEntry: { conditions: [{ result: "SKIP", rules: [changedDigest()] }] },
    };
    const test = stage("Test", build("UnitTest", { namespace: "UnitTest" }));
    const { override, provider, first } = await failing([test, skipped]);
    await provider.last("UnitTest").succeed({ variables: { Digest: "old" } });
    expect(first.status).toBe("Succeeded");
    await expect(override()).rejects.toThrow(refused("ConditionNotOverridableException"));
  });
});

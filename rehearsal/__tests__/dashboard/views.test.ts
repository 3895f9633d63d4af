import type { ActionExecutionDetail, PipelineExecutionSummary } from "@aws-sdk/client-codepipeline";
import { executionView, pipelineView } from "../../src/dashboard/views";

describe("a stage whose condition is not met", () => {
  it.each([
    ["NE", "#{CheckBuild.ADDED_PERMISSIONS}", "none", "ADDED_PERMISSIONS of CheckBuild is none"],
    ["EQ", "#{CheckBuild.READY}", "yes", "READY of CheckBuild is not yes"],
    ["CONTAINS", "#{Source1.CommitMessage}", "[ship]", "CommitMessage of Source1 does not contain [ship]"],
    ["MATCHES", "#{Source1.BranchName}", "v.*", "BranchName of Source1 does not match v.*"],
    ["NE", "#{CheckBuild.SUBJECT}", "", "SUBJECT of CheckBuild is empty"],
    ["LESS", "#{CheckBuild.COUNT}", "3", "the rule added is not met"],
  ])("describes %s in words", (Operator, Variable, Value, words) => {
    expect(conditionOf({ Operator, Variable, Value }, "Failed")).toBe(words);
  });

  it("does not describe a rule that is met", () => {
    expect(conditionOf({ Operator: "NE", Variable: "#{A.B}", Value: "none" }, "Succeeded")).toBe("");
  });
});

describe("an execution whose source failed", () => {
  const missing = { code: "ConfigurationError", message: 'The branch "main" does not exist.' };

  it("has no commit yet if the pipeline's creation started it", () => {
    const view = failedSource("CreatePipeline", missing);
    expect([view.status, view.actions[0]!.status]).toEqual(["NoCommit", "NoCommit"]);
  });

  it.each([
    ["CreatePipeline", { code: "PermissionError", message: "The access token might be invalid." }],
    ["StartPipelineExecution", missing],
  ] as const)("has failed if it was started by %s and the error is %p", (trigger, error) => {
    const view = failedSource(trigger, error);
    expect([view.status, view.actions[0]!.status]).toEqual(["Failed", "Failed"]);
  });
});

function conditionOf(configuration: Record<string, string>, status: "Failed" | "Succeeded") {
  const rule = {
    name: "added",
    ruleTypeId: { category: "Rule", provider: "VariableCheck" } as const,
    configuration,
  };
  const stages = [
    { name: "S", actions: [], beforeEntry: { conditions: [{ result: "SKIP" as const, rules: [rule] }] } },
  ];
  const ruleStates = [{ ruleName: "added", latestExecution: { status } }];
  const state = {
    stageStates: [{ stageName: "S", beforeEntryConditionState: { conditionStates: [{ ruleStates }] } }],
  };
  return pipelineView({ pipeline: { name: "p", roleArn: "r", stages } }, state).stages[0]!.condition;
}

function failedSource(
  triggerType: "CreatePipeline" | "StartPipelineExecution",
  errorDetails: { code: string; message: string },
) {
  const summary: PipelineExecutionSummary = { status: "Failed", trigger: { triggerType } };
  const source: ActionExecutionDetail = {
    status: "Failed",
    input: { actionTypeId: { category: "Source", owner: "ThirdParty", provider: "GitHub", version: "1" } },
    output: { executionResult: { errorDetails } },
  };
  return executionView("p", summary, [source]);
}

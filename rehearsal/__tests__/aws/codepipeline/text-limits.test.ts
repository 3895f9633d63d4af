import { getPipelineState } from "../../../src/aws/codepipeline/operations/get-pipeline-state";
import { listPipelineExecutions } from "../../../src/aws/codepipeline/operations/list-pipeline-executions";
import { shown } from "../../../src/aws/codepipeline/text-limits";
import { build, declaration, ROOT, scriptedCodePipeline, settled, stage } from "../support/pipelines";

it("omits an empty text, and shortens a long one", () => {
  expect(shown("", "summary")).toBeUndefined();
  expect(shown(undefined, "summary")).toBeUndefined();
  expect(shown("short", "summary")).toBe("short");
  expect([...shown("😀".repeat(3000), "summary")!]).toHaveLength(2048);
});

it("shows a long commit message and a long error within CodePipeline's limits", async () => {
  const { codepipeline, provider } = scriptedCodePipeline();
  codepipeline.create(declaration([stage("Test", build("UnitTest"))]), [], ROOT);
  await settled();
  const revision = { revisionId: "1", revisionSummary: "m".repeat(10_000) };
  await provider.last("Source1").succeed({ revision });
  await provider.last("UnitTest").fail("e".repeat(10_000));

  const { pipelineExecutionSummaries } = listPipelineExecutions(codepipeline)({ pipelineName: "delivery" });
  expect(pipelineExecutionSummaries![0]!.sourceRevisions![0]!.revisionSummary).toBe("m".repeat(2048));
  const { stageStates } = getPipelineState(codepipeline)({ name: "delivery" });
  expect(stageStates![1]!.actionStates![0]!.latestExecution).toMatchObject({
    summary: "e".repeat(2048),
    errorDetails: { message: "e".repeat(5000) },
  });
});

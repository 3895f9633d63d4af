import type { GetPipelineExecutionOutput } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const COMMIT = "c0ffee".padEnd(40, "0");

const revision = { actionName: "Source1", revisionType: "COMMIT_ID", revisionValue: COMMIT };

const started = () =>
  running([stage("Test", build("UnitTest", { configuration: { ProjectName: "#{variables.PROJECT}" } }))], {
    executionMode: "QUEUED",
    variables: [{ name: "PROJECT", defaultValue: "usual" }],
  });

it("starts with overrides, which later executions do not have", async () => {
  const { ask, provider } = await started();
  const start = (input: object) =>
    ask<{ pipelineExecutionId: string }>("StartPipelineExecution", { name: "delivery", ...input });
  const { pipelineExecutionId } = await start({
    variables: [{ name: "PROJECT", value: "special" }],
    sourceRevisions: [revision],
  });
  await start({});
  const seen = [];
  for (let count = 0; count < 3; count++) {
    const source = provider.last("Source1");
    await source.succeed();
    const unitTest = provider.last("UnitTest");
    seen.push([source.request.revision, unitTest.request.configuration.ProjectName]);
    await unitTest.succeed();
  }
  expect(seen).toEqual([
    [undefined, "usual"],
    [COMMIT, "special"],
    [undefined, "usual"],
  ]);
  const { pipelineExecution } = await ask<GetPipelineExecutionOutput>("GetPipelineExecution", {
    pipelineName: "delivery",
    pipelineExecutionId,
  });
  expect(pipelineExecution).toMatchObject({
    trigger: { triggerType: "StartPipelineExecution" },
    variables: [{ name: "PROJECT", resolvedValue: "special" }],
  });
});

it.each<[string, object, RegExp]>([
  ["a variable that is not declared", { variables: [{ name: "NONE", value: "x" }] }, /no variable 'NONE'/],
  [
    "a variable without a value",
    { variables: [{ name: "PROJECT", value: "" }] },
    /variables\.1\.member\.value/,
  ],
  [
    "a commit for an action that is not a source",
    { sourceRevisions: [{ ...revision, actionName: "UnitTest" }] },
    /no source action 'UnitTest'/,
  ],
  ["two commits for one source", { sourceRevisions: [revision, revision] }, /more than one/],
  [
    "an image for a repository",
    { sourceRevisions: [{ ...revision, revisionType: "IMAGE_DIGEST" }] },
    /takes a COMMIT_ID, not IMAGE_DIGEST/,
  ],
  [
    "a shortened commit",
    { sourceRevisions: [{ ...revision, revisionValue: "c0ffee" }] },
    /not a full commit ID/,
  ],
])("rejects %s, and starts nothing", async (_, input, message) => {
  const { ask, pipeline } = await started();
  await expect(ask("StartPipelineExecution", { name: "delivery", ...input })).rejects.toMatchObject({
    code: "ValidationException",
    message: expect.stringMatching(message) as string,
  });
  expect(pipeline.executions).toHaveLength(1);
});

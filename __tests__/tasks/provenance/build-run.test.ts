import type { ActionExecutionDetail, CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { buildRun, readHistory, type RunHistory } from "../../../tasks/provenance/build-run";

const commit = "0123456789abcdef0123456789abcdef01234567";
const run = { pipelineName: "hw-pipeline", pipelineExecutionId: "an-execution" };
const arn = (resource: string) => `arn:aws:codebuild:eu-west-1:123456789012:${resource}`;
const source = (CommitId?: string, configuration?: Record<string, string>): ActionExecutionDetail => ({
  input: { configuration: configuration ?? { Owner: "acme", Repo: "heavy-water", Branch: "main" } },
  output: { outputVariables: CommitId === undefined ? {} : { CommitId } },
});
const unitTest: ActionExecutionDetail = {
  output: { executionResult: { externalExecutionId: "hw-UnitTest:1" } },
  startTime: new Date(0),
  lastUpdateTime: new Date(1),
};

describe("the history of a run", () => {
  it("has the newest successful actions of that execution", async () => {
    const action = (actionName: string, status: string, actionExecutionId: string) => ({
      ...{ actionName, status, actionExecutionId },
    });
    const send = jest.fn((_command: { readonly input: object }) =>
      Promise.resolve({
        actionExecutionDetails: [
          action("UnitTest", "Failed", "4"),
          action("UnitTest", "Succeeded", "3"),
          action("UnitTest", "Succeeded", "2"),
          action("Source1", "Succeeded", "1"),
        ],
      }),
    );
    const history = await readHistory({ send } as unknown as CodePipelineClient, run);
    expect(history.unitTest?.actionExecutionId).toBe("3");
    expect(history.source?.actionExecutionId).toBe("1");
    expect(send.mock.calls[0]?.[0].input).toEqual({
      pipelineName: "hw-pipeline",
      filter: { pipelineExecutionId: "an-execution" },
    });
  });

  it("is empty where CodePipeline reports nothing", async () => {
    const send = () => Promise.resolve({});
    expect(await readHistory({ send } as unknown as CodePipelineClient, run)).toEqual({});
  });
});

describe("the build of a run", () => {
  it("is that of UnitTest, from the source that CodePipeline fetched", () => {
    expect(buildRun(run, { source: source(commit), unitTest }, arn)).toEqual({
      repository: "https://github.com/acme/heavy-water",
      branch: "main",
      commit,
      pipeline: "hw-pipeline",
      execution: "an-execution",
      project: arn("project/hw-UnitTest"),
      build: arn("build/hw-UnitTest:1"),
      startedOn: new Date(0),
      finishedOn: new Date(1),
    });
  });

  it("is the same if the source is a connection", () => {
    const connected = { FullRepositoryId: "acme/heavy-water", BranchName: "main", ConnectionArn: "arn" };
    expect(buildRun(run, { source: source(commit, connected), unitTest }, arn)).toEqual(
      buildRun(run, { source: source(commit), unitTest }, arn),
    );
  });

  it.each<[string, Partial<RunHistory>]>([
    ["repository", { source: source(commit, { FullRepositoryId: "acme", BranchName: "main" }) }],
    ["branch", { source: source(commit, { FullRepositoryId: "acme/heavy-water" }) }],
    ["commit", { source: source() }],
    ["commit", { source: source(`${commit}0`) }],
    ["commit", { source: source(`0${commit}`) }],
    ["commit", { source: source(commit.toUpperCase()) }],
    ["owner", { source: source(commit, { Repo: "heavy-water", Branch: "main" }) }],
    ["repository", { source: source(commit, { Owner: "acme", Branch: "main" }) }],
    ["branch", { source: source(commit, { Owner: "acme", Repo: "heavy-water" }) }],
    ["owner, repository, branch, commit", { source: {} }],
    ["owner, repository, branch, commit", { source: undefined }],
    ["owner, repository, branch, commit", { source: { input: {}, output: {} } }],
    ["build", { unitTest: { ...unitTest, output: {} } }],
    ["build", { unitTest: { ...unitTest, output: undefined } }],
    ["startedOn", { unitTest: { ...unitTest, startTime: undefined } }],
    ["finishedOn", { unitTest: { ...unitTest, lastUpdateTime: undefined } }],
    ["build, startedOn, finishedOn", { unitTest: undefined }],
  ])("is an error that names what is missing: %s", (missing, reported) => {
    expect(() => buildRun(run, { source: source(commit), unitTest, ...reported }, arn)).toThrow(
      `CodePipeline does not say what was built in execution an-execution: no ${missing}. ` +
        "Retry the stage; if that does not help, run npm run bootstrap.",
    );
  });
});

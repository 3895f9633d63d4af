import type {
  GitConfiguration,
  PipelineDeclaration,
  PipelineTriggerDeclaration,
} from "@aws-sdk/client-codepipeline";
import { readDeclaration } from "../../../src/aws/codepipeline/declaration";
import { isAbout, lets } from "../../../src/aws/codepipeline/triggers";
import { build, declared, ROOT, scriptedCodePipeline, source, stage } from "../support/pipelines";

const create = (pipeline: PipelineDeclaration) => () =>
  scriptedCodePipeline().codepipeline.create(readDeclaration({ pipeline }), [], ROOT);

const push = [{ branches: { includes: ["main"] }, filePaths: { excludes: ["docs/**"] } }];
const trigger = (configuration: Partial<GitConfiguration> = {}): PipelineTriggerDeclaration => ({
  providerType: "CodeStarSourceConnection",
  gitConfiguration: { sourceActionName: "Source1", push, ...configuration },
});
const pipeline = (triggers: PipelineTriggerDeclaration[], changes: Partial<PipelineDeclaration> = {}) => {
  const connected = declared([stage("Test", build("UnitTest"))], { triggers, ...changes });
  const actionTypeId = {
    category: "Source",
    owner: "AWS",
    provider: "CodeStarSourceConnection",
    version: "1",
  } as const;
  connected.stages![0]!.actions = [source({ actionTypeId, configuration: {} })];
  return connected;
};

it("accepts filters on branches and on file paths together with branches", () => {
  expect(create(pipeline([trigger()]))).not.toThrow();
  expect(create(pipeline([trigger({ push: [{ branches: { excludes: ["a"] } }, ...push] })]))).not.toThrow();
});

it.each<[string, PipelineDeclaration, RegExp]>([
  ["triggers with V1", pipeline([trigger()], { pipelineType: "V1" }), /^Triggers are only supported for V2/],
  ["another action", pipeline([trigger({ sourceActionName: "Test" })]), /no source action of that name/],
  [
    "a source without a connection",
    declared([stage("Test", build("UnitTest"))], { triggers: [trigger()] }),
    /with a connection$/,
  ],
  ["two triggers of an action", pipeline([trigger(), trigger()]), /'Source1' has more than one trigger/],
  ["no filter", pipeline([trigger({ push: undefined })]), /there is no filter/],
  [
    "file paths without branches",
    pipeline([trigger({ push: [{ filePaths: { excludes: ["docs/**"] } }] })]),
    /a filter on file paths needs one on branches/,
  ],
  [
    "an invalid glob",
    pipeline([trigger({ push: [{ branches: { includes: ["{a"] } }] })]),
    /glob pattern "\{a"/,
  ],
  ["tags", pipeline([trigger({ push: [{ tags: { includes: ["v*"] } }] })]), /on tags are not emulated/],
  [
    "pull requests",
    pipeline([trigger({ pullRequest: [{ events: ["OPEN"] }] })]),
    /on pull requests are not emulated/,
  ],
])("rejects %s", (_, rejected, message) => {
  expect(create(rejected)).toThrow(
    expect.objectContaining({
      code: "InvalidStructureException",
      message: expect.stringMatching(message) as string,
    }) as Error,
  );
});

describe("a filter on pushes", () => {
  it("is about the branches that it includes and does not exclude", () => {
    const filter = { branches: { includes: ["main", "release/*"], excludes: ["release/0.*"] } };
    const names = ["main", "main2", "release/1.0", "release/0.1", "release/1/2"];
    expect(names.filter((name) => isAbout(filter, name))).toEqual(["main", "release/1.0"]);
    expect(isAbout({ branches: { excludes: ["main"] } }, "other")).toBe(true);
  });

  it.each<[string[] | undefined, boolean]>([
    [["docs/a.md"], false],
    [["docs/a.md", "docs/b/c.md"], false],
    [["docs/a.md", "main.ts"], true],
    [["main.ts"], true],
    [undefined, true],
  ])("that excludes documents lets a push of %j start the pipeline: %s", (files, starts) => {
    expect(lets({ filePaths: { excludes: ["docs/**"] } }, files)).toBe(starts);
    expect(lets({}, files)).toBe(true);
  });

  it("excludes a file that it includes too", () => {
    const filter = { filePaths: { includes: ["app/**"], excludes: ["**/README.md"] } };
    expect(lets(filter, ["app/README.md"])).toBe(false);
    expect(lets(filter, ["README.md", "other/a.ts"])).toBe(false);
    expect(lets(filter, ["app/README.md", "app/a.ts"])).toBe(true);
  });
});

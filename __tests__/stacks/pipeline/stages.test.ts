import { functionNames, releaseStage, releaseVariables } from "../../../stacks/functions";
import { buildActions, stages, type PipelineOptions } from "../../../stacks/pipeline/stages";

const options: readonly PipelineOptions[] = [true, false].flatMap((manualApproval) =>
  [true, false].flatMap((selfUpdateFirst) =>
    (["prod", "dev", "stage"] as const).map((environment) => ({
      manualApproval,
      selfUpdateFirst,
      environment,
    })),
  ),
);
const production = stages({ manualApproval: true, selfUpdateFirst: true });
const ofFunctions = functionNames
  .map(releaseVariables)
  .flatMap(({ version, release, previous }) => [version, release, previous]);

it.each(options)("a variable has the name that the step exports it with: %j", (one) => {
  for (const { name, environment = {} } of buildActions(stages(one)))
    for (const [variable, value] of Object.entries(environment)) {
      const expected =
        variable === "PIPELINE_EXECUTION_ID"
          ? /^#\{codepipeline\.PipelineExecutionId\}$/
          : new RegExp(`^#\\{\\w+\\.${variable}\\}$`);
      expect([name, variable, value]).toEqual([name, variable, expect.stringMatching(expected)]);
    }
});

it("each step gets what it reads, from CheckBuild where it must not come from the commit", () => {
  const given = buildActions(production).map(({ name, environment = {} }) => [
    name,
    Object.values(environment).map((value) => value.replace(/^#\{(.*)\}$/, "$1")),
  ]);
  const digest = "CheckBuild.BUILD_DIGEST";
  expect(Object.fromEntries(given)).toEqual({
    UnitTest: [],
    CheckBuild: ["codepipeline.PipelineExecutionId"],
    SelfUpdate: [digest, "codepipeline.PipelineExecutionId"],
    DeployOnDev: [digest, "CheckBuild.COMMIT"],
    IntegrationTest: ["DeployOnDev.API_URL", "DeployOnDev.BUCKET"],
    PlanOnProd: [digest, "CheckBuild.PIPELINE_CHANGED"],
    DeployOnProd: [
      digest,
      "PlanOnProd.PLAN_DIGEST",
      "PlanOnProd.APPROVAL_REASONS",
      "CheckBuild.COMMIT",
      "CheckBuild.PROVENANCE",
    ],
    VerifyProd: ["DeployOnProd.API_URL", ...ofFunctions.map((name) => `DeployOnProd.${name}`)],
  });
});

it("a stage is skipped if a step reports that there is nothing to ask or to do", () => {
  const skipped = production.flatMap(({ name, skippedWhen: skip }) =>
    skip ? [[name, skip.rule, skip.variable, skip.equals]] : [],
  );
  const nothing = { kind: "text", text: "none" };
  expect(skipped).toEqual([
    ["ConfirmPermissions", "permissions-added", "#{CheckBuild.ADDED_PERMISSIONS}", nothing],
    ["ConfirmPipeline", "definition-shown", "#{CheckBuild.PIPELINE_CHANGE}", nothing],
    ["SelfUpdate", "definition-changed", "#{CheckBuild.PIPELINE_DIGEST}", { kind: "deployedDigest" }],
    ["ManualApproval", "approval-needed", "#{PlanOnProd.APPROVAL_REASONS}", nothing],
    ...functionNames.map((name) => [
      releaseStage(name),
      "version-is-new",
      `#{DeployOnProd.${releaseVariables(name).release}}`,
      nothing,
    ]),
  ]);
});

it("an approval shows the commit, and what CheckBuild or PlanOnProd says about it", () => {
  const approvals = production.flatMap(({ actions }) =>
    actions.filter((action) => action.kind === "approval"),
  );
  expect(approvals.map(({ name }) => name)).toEqual([
    "ConfirmPermissions",
    "ConfirmPipeline",
    "ManualApproval",
  ]);
  for (const { name, message, link } of approvals) {
    expect([name, message]).toEqual([
      name,
      expect.stringMatching(/#\{CheckBuild\.(ADDED_PERMISSIONS|PIPELINE_CHANGE)\}/),
    ]);
    expect([name, link]).toEqual([name, expect.stringMatching(/#\{Source1\.CommitId\}$/)]);
  }
  expect(approvals[1]?.message).toContain("#{Source1.CommitId}");
});

import { bootstrapLevel, scheduledDrift } from "../../stacks/bootstrap-level";
import {
  list,
  permissionsByRole,
  pipelineStack,
  resourcesOf,
  statements,
  synthesized,
} from "../support/synth";

const stack = synthesized(pipelineStack());
const project = (of: typeof stack) =>
  resourcesOf(of, "aws_codebuild_project").find(({ name }) => name === "hw-CheckDrift");
const rule = (of: typeof stack) =>
  resourcesOf(of, "aws_cloudwatch_event_rule").find(({ name }) => name === "hw-pipeline-drift");

describe("the scheduled comparison", () => {
  it("is started once a day, or when the setting says", () => {
    expect(rule(stack)).toMatchObject({ schedule_expression: "rate(1 day)" });
    expect(rule(stack)).not.toHaveProperty("event_pattern");
    const weekly = "cron(0 6 ? * MON *)";
    expect(rule(synthesized(pipelineStack({ pipeline_drift_schedule: weekly })))).toMatchObject({
      schedule_expression: weekly,
    });
  });

  it("is a build without a source, which runs the pinned programs", () => {
    expect(project(stack)).toMatchObject({
      source: { type: "NO_SOURCE", buildspec: expect.stringContaining("check-drift.js") as string },
      artifacts: { type: "NO_ARTIFACTS" },
      service_role: expect.stringContaining("CheckDrift-role") as string,
    });
  });

  it.each([
    ["if the setting turns it off", { pipeline_drift_schedule: "off" }, bootstrapLevel],
    ["in a branch pipeline", { hw_stack_name: "hw_develop", pipeline_environment: "dev" }, bootstrapLevel],
    ["before bootstrap has replaced the allow list of an earlier pipeline", {}, scheduledDrift - 1],
  ])("does not exist %s", (_, changes, level) => {
    const text = JSON.stringify(synthesized(pipelineStack(changes, undefined, level)).resource);
    expect(text).not.toMatch(/CheckDrift"|pipeline-drift"|schedule_expression/);
  });

  it("is started by a role that only the rule can assume, and that can start nothing else", () => {
    const role = resourcesOf(stack, "aws_iam_role").find(({ name }) => name === "hw-pipeline-drift");
    expect(role?.permissions_boundary).toMatch(/:policy\/hw-boundary$/);
    expect(statements(role?.assume_role_policy)).toMatchObject([
      {
        Principal: { Service: "events.amazonaws.com" },
        Condition: {
          ArnEquals: { "aws:SourceArn": expect.stringMatching(/:rule\/hw-pipeline-drift$/) as string },
        },
      },
    ]);
    expect(permissionsByRole(stack)["hw-pipeline-drift"]).toEqual([
      {
        Effect: "Allow",
        Action: "codebuild:StartBuild",
        Resource: expect.stringMatching(/:project\/hw-CheckDrift$/) as string,
      },
    ]);
  });

  it("is the target of its rule", () => {
    const targets = resourcesOf(stack, "aws_cloudwatch_event_target").filter(({ arn }) =>
      String(arn).startsWith("${aws_codebuild_project."),
    );
    expect(targets).toMatchObject([
      { target_id: "build", role_arn: expect.stringMatching(/^\$\{aws_iam_role\.drift-rule-role/) as string },
    ]);
  });

  it("causes an alarm if the rule could not start it", () => {
    const alarm = resourcesOf(stack, "aws_cloudwatch_metric_alarm").find(
      ({ alarm_name: name }) => name === "hw-drift-start-failed",
    );
    expect(alarm).toMatchObject({ namespace: "AWS/Events", metric_name: "FailedInvocations" });
  });

  it("writes nothing but its log and its record, and publishes only to the failure topic", () => {
    const own = permissionsByRole(stack)["hw-pipeline-CheckDrift"]!;
    const changing = own.flatMap(({ Action, Resource }) =>
      list(Action)
        .filter((action) => !/:(GET|Get|List|Describe|BatchGet)/.test(action))
        .map((action) => [action, ...list(Resource).map((arn) => arn.split(":").at(-1))]),
    );
    expect(changing).toEqual([
      ["logs:CreateLogStream", "*"],
      ["logs:PutLogEvents", "*"],
      ["s3:PutObject", "acme-heavy-water-artifacts-state/hw/drift.json"],
      ["sns:Publish", "hw-codebuild-failed-sns"],
      ["kms:Decrypt", "key/*"],
      ["kms:GenerateDataKey*", "key/*"],
    ]);
  });

  it("is the only step that writes its record", () => {
    const writers = Object.entries(permissionsByRole(stack)).filter(([, all]) =>
      all.some(
        ({ Action, Resource }) =>
          list(Action).includes("s3:PutObject") && list(Resource).some((arn) => arn.endsWith("/drift.json")),
      ),
    );
    expect(writers.map(([name]) => name)).toEqual(["hw-pipeline-CheckDrift"]);
  });
});

import { pipelineStack, resourcesOf, serviceStack, stateStack, synthesized } from "../support/synth";

/** All but those on hours and days of use: usage-alarms.test.ts has them. */
const alarms = [stateStack(), pipelineStack(), serviceStack("prod")]
  .flatMap((stack) => resourcesOf(synthesized(stack), "aws_cloudwatch_metric_alarm"))
  .filter(({ alarm_name: name }) => !/-(requests|stored-bytes)$/.test(String(name)));

it.each(alarms.map((alarm) => [String(alarm.alarm_name), alarm] as const))(
  "%s fires in the first period above its threshold, and does not fire without data",
  (_, alarm) => {
    expect(alarm).toMatchObject({
      // Commit statuses notify once a day: the function succeeds with some events while it fails with others.
      period: alarm.alarm_name === "hw-commit-statuses-failed" ? 86_400 : 60,
      evaluation_periods: 1,
      comparison_operator: "GreaterThanThreshold",
      treat_missing_data: "notBreaching",
      alarm_description: expect.stringMatching(/\w \w/) as string,
    });
  },
);

const sum = { statistic: "Sum", threshold: 0 };

// The names of metrics and dimensions are those with which a service publishes them: an alarm on another one never fires.
it.each<[name: string, namespace: string, metric: string, fires: object]>([
  ["hw-UnitTest-failed", "AWS/CodeBuild", "FailedBuilds", sum],
  ["hw-commit-statuses-failed", "AWS/Lambda", "Errors", sum],
  ["hw-notification-failed", "AWS/Events", "FailedInvocations", sum],
  ["hw-changes-not-notified", "AWS/Events", "FailedInvocations", sum],
  ["hw-approvals-not-logged", "AWS/Events", "FailedInvocations", sum],
  [
    "hw-prod-failed-events",
    "AWS/SQS",
    "ApproximateNumberOfMessagesVisible",
    { statistic: "Maximum", threshold: 0 },
  ],
  ["hw-prod-api-errors", "AWS/Lambda", "Errors", sum],
  ["hw-prod-api-throttles", "AWS/Lambda", "Throttles", sum],
  ["hw-prod-api-latency", "AWS/Lambda", "Duration", { extended_statistic: "p90", threshold: 1500 }],
  ["hw-prod-api-5xx", "HeavyWater", "ServerErrors", sum],
  ["hw-prod-api-gateway-5xx", "AWS/ApiGateway", "5xx", sum],
  ["hw-prod-record-object-errors", "AWS/Lambda", "Errors", sum],
  ["hw-prod-record-object-throttles", "AWS/Lambda", "Throttles", sum],
])("%s watches %s %s", (name, namespace, metric_name, fires) => {
  expect(alarms.find(({ alarm_name }) => alarm_name === name)).toMatchObject({
    namespace,
    metric_name,
    ...fires,
  });
});

it("an alarm on events that were not delivered names the rule", () => {
  for (const [name, rule] of [
    ["hw-notification-failed", "hw-pipeline-failed"],
    ["hw-changes-not-notified", "hw-changes"],
    ["hw-approvals-not-logged", "hw-approvals"],
  ]) {
    const alarm = alarms.find(({ alarm_name }) => alarm_name === name);
    expect(alarm?.alarm_description).toMatch(new RegExp(`^${rule} could not (publish|write) to `));
    expect(alarm?.dimensions).toEqual({
      RuleName: expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\..+\.name\}$/) as string,
    });
  }
});

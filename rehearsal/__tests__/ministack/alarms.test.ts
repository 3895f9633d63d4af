import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { eventually } from "../support/eventually";
import { REGION, testEmulator, WORKAROUNDS, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** An alarm on the failures of one project, with a clean slate of its own by its namespace. */
async function failureAlarm(on: TestEmulator, Namespace: string, settings: object = {}) {
  const cloudwatch = new CloudWatchClient(on.client());
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: Namespace,
      Namespace,
      MetricName: "FailedBuilds",
      Dimensions: [{ Name: "ProjectName", Value: "a" }],
      Statistic: "Sum",
      Period: 10,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "notBreaching",
      ...settings,
    }),
  );
  return {
    fail: async (project: string, ...secondsAgo: number[]) => {
      const datum = {
        MetricName: "FailedBuilds",
        Dimensions: [{ Name: "ProjectName", Value: project }],
        Value: 1,
      };
      const stamps = secondsAgo.map((seconds) => new Date(Date.now() - seconds * 1000));
      const MetricData = stamps.length > 0 ? stamps.map((Timestamp) => ({ ...datum, Timestamp })) : [datum];
      await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
    },
    state: async () => {
      const found = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [Namespace] }));
      return found.MetricAlarms?.[0]?.StateValue;
    },
  };
}

describe("an alarm", () => {
  it("fires for its own dimensions only, and returns to OK when nothing more happens", async () => {
    const alarm = await failureAlarm(emulator, "own");
    expect(await alarm.state()).toBe("OK");
    await alarm.fail("b");
    expect(await alarm.state()).toBe("OK");
    await alarm.fail("a");
    expect(await alarm.state()).toBe("ALARM");
    await eventually("the alarm returns to OK", async () => (await alarm.state()) === "OK");
  }, 60_000);

  it("waits for the configured number of periods", async () => {
    const alarm = await failureAlarm(emulator, "patient", { EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    await alarm.fail("a");
    expect(await alarm.state()).toBe("OK");
  });

  it.each<[periods: number, wanted: number | undefined, failures: number[], state: string]>([
    [3, 2, [2], "OK"],
    [3, 2, [1, 1], "OK"],
    [3, 2, [1, 2], "ALARM"],
    [3, 2, [0, 2], "ALARM"],
    [3, 2, [2, 3], "OK"],
    [3, 3, [0, 2], "OK"],
    [3, 3, [0, 1, 2], "ALARM"],
    [2, 1, [1], "ALARM"],
    [2, 1, [2], "OK"],
    [2, undefined, [1], "OK"],
    [2, undefined, [0, 1], "ALARM"],
  ])("with %p periods, DatapointsToAlarm %p and failures %j periods ago: %s", async (...row) => {
    const [EvaluationPeriods, DatapointsToAlarm, failures, expected] = row;
    const name = `${EvaluationPeriods}-${DatapointsToAlarm}-${failures.join()}`;
    const settings = { Period: 60, EvaluationPeriods, DatapointsToAlarm };
    const alarm = await failureAlarm(emulator, name, settings);
    // In the middle of a period, so that it matters not how long this takes.
    await alarm.fail("a", ...failures.map((periodsAgo) => periodsAgo * 60 + 30));
    expect(await alarm.state()).toBe(expected);
  });

  it("of two periods returns to OK when the older one is over", async () => {
    const alarm = await failureAlarm(emulator, "twice", { EvaluationPeriods: 2, DatapointsToAlarm: 2 });
    // At the beginning of the second and of the first.
    await alarm.fail("a", 11, 1);
    expect(await alarm.state()).toBe("ALARM");
    await eventually("the alarm returns to OK", async () => (await alarm.state()) === "OK");
  }, 60_000);

  it.each([
    ["notBreaching", "OK"],
    ["breaching", "ALARM"],
    ["missing", "INSUFFICIENT_DATA"],
    ["ignore", "INSUFFICIENT_DATA"],
  ])("treats missing data as configured: %s", async (TreatMissingData, expected) => {
    const alarm = await failureAlarm(emulator, `missing-${TreatMissingData}`, { TreatMissingData });
    expect(await alarm.state()).toBe(expected);
  });

  it("of ministack itself fires for other dimensions", async () => {
    const alarm = await failureAlarm(bare, "bare");
    await alarm.fail("b");
    expect(await alarm.state()).toBe("ALARM");
  });
});

describe("Terraform's second plan of an alarm", () => {
  const folder = mkdtempSync(join(tmpdir(), "alarm-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, "main.tf"),
    `terraform {
       required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
     }
     provider "aws" { region = "${REGION}" }
     resource "aws_cloudwatch_metric_alarm" "failed" {
       alarm_name                = "failed"
       alarm_description         = "<Builds> & \\"more\\""
       namespace                 = "AWS/CodeBuild"
       metric_name               = "FailedBuilds"
       dimensions                = { ProjectName = "a", Stage = "b" }
       statistic                 = "Sum"
       period                    = 60
       evaluation_periods        = 3
       datapoints_to_alarm       = 2
       threshold                 = 0.5
       comparison_operator       = "GreaterThanThreshold"
       treat_missing_data        = "notBreaching"
       unit                      = "Count"
       alarm_actions             = ["arn:aws:sns:${REGION}:111122223333:x", "arn:aws:sns:${REGION}:111122223333:y"]
       ok_actions                = ["arn:aws:sns:${REGION}:111122223333:x"]
       insufficient_data_actions = ["arn:aws:sns:${REGION}:111122223333:z"]
       tags                      = { Project = "heavy-water" }
     }
     resource "aws_cloudwatch_metric_alarm" "slow" {
       alarm_name          = "slow"
       namespace           = "AWS/Lambda"
       metric_name         = "Duration"
       extended_statistic  = "p99"
       period              = 60
       evaluation_periods  = 1
       threshold           = 1000
       comparison_operator = "GreaterThanThreshold"
       actions_enabled     = false
     }`,
  );
  const terraform = (on: TestEmulator, ...args: string[]) => {
    const { accessKeyId, secretAccessKey } = on.client().credentials;
    const aws = {
      AWS_ENDPOINT_URL: on.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const state = on === bare ? "bare.tfstate" : "own.tfstate";
    const env = {
      ...process.env,
      ...aws,
      TF_CLI_ARGS_apply: `-state=${state}`,
      TF_CLI_ARGS_plan: `-state=${state}`,
    };
    return execFileSync("terraform", args, {
      cwd: folder,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  };

  it("is empty, and isn't with ministack itself", () => {
    terraform(emulator, "init", "-input=false", "-no-color");
    for (const on of [emulator, bare]) terraform(on, "apply", "-auto-approve", "-input=false", "-no-color");
    expect(terraform(emulator, "plan", "-no-color")).toContain("No changes");
    expect(terraform(bare, "plan", "-no-color")).toContain("2 to change");
  }, 120_000);
});

import { DescribeAlarmsCommand, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { setTimeout as pause } from "node:timers/promises";

/** CloudWatch evaluates an alarm with a period of a minute about once a minute; a few of those must be enough. */
const LONGEST = 5 * 60_000;

const BETWEEN = 5_000;

/**
 * Waits until none of the alarms that decide on a version is in ALARM. Such an alarm has just been moved to that version,
 * which has had no invocations yet, and keeps the state that it had for the previous one until it is evaluated again: a
 * version that fails would stop the release that repairs it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 *
 * @throws Error when one still is in ALARM after `longest` milliseconds
 */
export async function waitForAlarms(
  cloudwatch: CloudWatchClient,
  functionName: string,
  version: string,
  { longest = LONGEST, between = BETWEEN } = {},
): Promise<void> {
  const end = performance.now() + longest;
  for (;;) {
    const firing = await firingAlarms(cloudwatch, functionName, version);
    if (firing.length === 0) return;
    if (performance.now() >= end) {
      throw new Error(
        `Version ${version} of ${functionName} gets no traffic: ${firing.join(", ")} still in ALARM, although that version has had no invocations yet. ` +
          "Look at the alarm in CloudWatch, and retry the stage when it is OK.",
      );
    }
    console.error(`Waiting for ${firing.join(", ")} to be evaluated for version ${version}.`);
    await pause(between);
  }
}

/** Returns the alarms of a function that watch only this version and are in ALARM. */
async function firingAlarms(cloudwatch: CloudWatchClient, functionName: string, version: string) {
  // A function has a few of them, which fit on a page.
  const { MetricAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: `${functionName}-`, StateValue: "ALARM" }),
  );
  return MetricAlarms.filter(({ Dimensions = [] }) =>
    Dimensions.some(({ Name, Value }) => Name === "ExecutedVersion" && Value === version),
  ).map(({ AlarmName = "" }) => AlarmName);
}

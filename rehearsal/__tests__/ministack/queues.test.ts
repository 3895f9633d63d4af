import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually";
import { testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["queue-metrics"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** A queue with a message in it, beside an empty one, and an alarm on the length of each. */
async function queueWithAlarm(on: TestEmulator) {
  const sqs = new SQSClient(on.client());
  const cloudwatch = new CloudWatchClient(on.client());
  for (const QueueName of ["full", "empty"]) {
    await sqs.send(new CreateQueueCommand({ QueueName }));
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: QueueName,
        Namespace: "AWS/SQS",
        MetricName: "ApproximateNumberOfMessagesVisible",
        Dimensions: [{ Name: "QueueName", Value: QueueName }],
        Statistic: "Maximum",
        Period: 10,
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
      }),
    );
  }
  await sqs.send(new SendMessageCommand({ QueueUrl: "full", MessageBody: "an event" }));
  return {
    sqs,
    states: async () => {
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({}));
      return MetricAlarms.map(({ AlarmName, StateValue }) => `${AlarmName} ${StateValue}`)
        .sort()
        .join(", ");
    },
  };
}

describe("an alarm on a queue", () => {
  it("fires while the queue has a message, and returns to OK when it is received", async () => {
    const { sqs, states } = await queueWithAlarm(emulator);
    await eventually("the alarm fires", async () => (await states()) === "empty OK, full ALARM");
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: "full" }));
    const { ReceiptHandle } = Messages[0]!;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: "full", ReceiptHandle }));
    await eventually("the alarm returns to OK", async () => (await states()) === "empty OK, full OK");
  });

  it("has no data in ministack itself", async () => {
    const { states } = await queueWithAlarm(bare);
    await pause(12_000);
    expect(await states()).not.toContain("ALARM");
  });
});

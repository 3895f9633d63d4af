import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { eventually } from "../support/eventually";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "./fixture";
import { encryptedTopic, forAccount, lets } from "./topics";

let emulator: TestEmulator;

beforeAll(async () => {
  emulator = await testEmulator();
}, 120_000);
afterAll(() => emulator.remove());

describe("a bucket that notifies a queue or a topic", () => {
  const notify = async (Bucket: string, to: object) => {
    const s3 = new S3Client({ ...emulator.client(), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    const input = { Bucket, NotificationConfiguration: to };
    await s3.send(new PutBucketNotificationConfigurationCommand(input));
    await s3.send(new PutObjectCommand({ Bucket, Key: "hello", Body: "hello" }));
  };
  const Events = ["s3:ObjectCreated:*" as const];
  const fromBucket = (name: string) => ({
    ...forAccount,
    ArnEquals: { "aws:SourceArn": `arn:aws:s3:::${name}` },
  });

  it("reaches a queue whose policy names it and its account, and is refused another's", async () => {
    const sqs = new SQSClient(emulator.client());
    const Statement = [lets("s3.amazonaws.com", "sqs:SendMessage", fromBucket("to-queue"))];
    const Attributes = { Policy: JSON.stringify({ Statement }) };
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "objects", Attributes }));
    const QueueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:objects`;
    const to = { QueueConfigurations: [{ QueueArn, Events }] };
    await expect(notify("not-to-queue", to)).rejects.toThrow(/Unable to validate the following destination/);
    await notify("to-queue", to);
    const bodies = async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      return Messages.some(({ Body }) => Body?.includes('"hello"'));
    };
    await eventually("the message arrives", bodies);
  });

  it("reaches a topic whose policy names it and its account, and is refused another's", async () => {
    const S3 = "s3.amazonaws.com";
    const policies = {
      topic: [lets(S3, "sns:Publish", fromBucket("to-topic"))],
      key: [lets(S3, ["kms:Decrypt", "kms:GenerateDataKey*"])],
    };
    const topic = await encryptedTopic(emulator, "objects-topic", policies);
    const to = { TopicConfigurations: [{ TopicArn: topic.arn, Events }] };
    await expect(notify("not-to-topic", to)).rejects.toThrow(/Unable to validate the following destination/);
    await notify("to-topic", to);
    let arrived = 0;
    const some = async () => (arrived += await topic.arrived()) > 0;
    await eventually("the message arrives", some);
  });
});

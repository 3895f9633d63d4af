import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { outputVariables } from "../../rehearsal/src/watch";
import { sqs } from "../../rehearsal/__tests__/ministack/fixture";
import { eventually } from "../../rehearsal/__tests__/support/eventually";
import { Harness } from "./harness";

jest.setTimeout(20 * 60_000);

const BUCKETS = { dev: "documents-of-dev", prod: "documents-of-ours" };
const settings = {
  service_existing_bucket_dev: BUCKETS.dev,
  service_existing_bucket_prod: BUCKETS.prod,
  pipeline_manual_approval: "false",
};

let harness: Harness;
let queueUrl: string;
/** The log of bootstrap for buckets that do not send their events to EventBridge. */
let refusal: string;
/** The notifications of production's bucket before there was a pipeline. */
let before: object;

const s3 = () => new S3Client({ ...harness.client, forcePathStyle: true });

/** Creates two buckets. The one for production sends its events to a queue of another team. */
async function prepare(started: Harness): Promise<void> {
  harness = started;
  const { emulator, workstation, folder } = harness.session;
  for (const Bucket of Object.values(BUCKETS)) await s3().send(new CreateBucketCommand({ Bucket }));
  ({ QueueUrl: queueUrl } = await sqs<{ QueueUrl: string }>(emulator, "CreateQueue", {
    QueueName: "theirs",
  }));
  const QueueArn = `arn:aws:sqs:eu-west-1:111122223333:theirs`;
  const Queue = { QueueUrl: queueUrl, Attributes: { Policy: queuePolicy(QueueArn) } };
  await sqs(emulator, "SetQueueAttributes", Queue);
  await notify({ QueueConfigurations: [{ Id: "theirs", QueueArn, Events: ["s3:ObjectCreated:*"] }] });

  await expect(workstation.bootstrap()).rejects.toThrow("npm run bootstrap ended with 1");
  refusal = readFileSync(join(folder, "bootstrap.log"), "utf8");
  await notify({ ...(await notifications()), EventBridgeConfiguration: {} });
  await notify({ EventBridgeConfiguration: {} }, BUCKETS.dev);
  before = await notifications();
}

function queuePolicy(Resource: string): string {
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "sqs:SendMessage",
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ ...Statement, Resource }] });
}

async function notify(NotificationConfiguration: object, Bucket = BUCKETS.prod): Promise<void> {
  await s3().send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

async function notifications(): Promise<object> {
  const { $metadata: _, ...all } = await s3().send(
    new GetBucketNotificationConfigurationCommand({ Bucket: BUCKETS.prod }),
  );
  return all;
}

/** Returns the keys in the events that the queue has received since the last call. */
async function receivedKeys(): Promise<string[]> {
  interface Received {
    readonly Messages?: { readonly Body: string }[];
  }
  const { Messages = [] } = await sqs<Received>(harness.session.emulator, "ReceiveMessage", {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: 10,
  });
  return Messages.flatMap(({ Body }) => {
    const { Records = [] } = JSON.parse(Body) as { Records?: { s3: { object: { key: string } } }[] };
    return Records.map(({ s3: { object } }) => object.key);
  });
}

beforeAll(async () => {
  harness = await Harness.start(settings, prepare);
});

afterAll(() => harness?.stop());

describe("an existing bucket", () => {
  it("is refused before anything is created while it does not send its events to EventBridge", () => {
    for (const [environment, bucket] of Object.entries(BUCKETS)) {
      expect(refusal).toContain(
        `service_existing_bucket_${environment} is ${bucket}. It does not send its events`,
      );
      expect(refusal).toContain(`aws s3api put-bucket-notification-configuration --bucket ${bucket} `);
    }
    expect(refusal).toContain("Nothing was created.");
    expect(refusal).not.toContain("Creating the state stack");
  });

  it("has its documents recorded, and still sends its events to the queue", async () => {
    const commit = await harness.push();
    const [run] = await harness.ended(commit);
    if (run?.status !== "Succeeded") throw new Error(await harness.log(run!));
    const { session } = harness;
    const { API_URL } = await outputVariables(session.aws, session.pipeline, run.id, "DeployOnProd");
    await receivedKeys();

    await s3().send(new PutObjectCommand({ Bucket: BUCKETS.prod, Key: "documents/a b+c", Body: "abc" }));
    const location = `${API_URL}/documents/${encodeURIComponent("a b+c")}/metadata`;
    const answer = await eventually("the document is recorded", async () => {
      const response = await fetch(location);
      return response.ok && response;
    });
    expect(await answer.json()).toMatchObject({ name: "a b+c", size: 3 });
    expect(await receivedKeys()).toContain("documents/a+b%2Bc");
  });

  it("keeps its notifications, and no role used more than objects and their list", async () => {
    expect(await notifications()).toEqual(before);
    const decisions = await harness.session.emulator.decisions();
    const ofRoles = decisions.filter(({ principal }) => principal.includes(":role/hw-"));
    expect(ofRoles.filter(({ allowed }) => !allowed)).toEqual([]);
    const onBuckets = ofRoles.filter(({ resource }) =>
      Object.values(BUCKETS).some((bucket) => resource.startsWith(`arn:aws:s3:::${bucket}`)),
    );
    expect([...new Set(onBuckets.map(({ action }) => action))].sort()).toEqual([
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
    ]);
  });

  it("keeps its notifications when production is destroyed", async () => {
    const destroy = [
      "cdktf",
      "destroy",
      "service-prod",
      "--skip-synth",
      "--auto-approve",
      "--skip-provider-lock",
    ];
    const { code, output } = await harness.run("npx", destroy);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    expect(await notifications()).toEqual(before);
    await s3().send(new PutObjectCommand({ Bucket: BUCKETS.prod, Key: "documents/later", Body: "abc" }));
    await eventually("the queue gets the event", async () =>
      (await receivedKeys()).includes("documents/later"),
    );
  });
});

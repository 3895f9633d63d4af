import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { outputVariables } from "../../rehearsal/src/watch";
import { sqs } from "../../rehearsal/__tests__/ministack/fixture";
import { PipelineRuns } from "./pipeline-runs";

jest.setTimeout(20 * 60_000);

const BUCKETS = { dev: "documents-of-dev", prod: "documents-of-ours" };
const settings = {
  service_existing_bucket_dev: BUCKETS.dev,
  service_existing_bucket_prod: BUCKETS.prod,
  pipeline_manual_approval: "false",
};

let runs: PipelineRuns;
let queueUrl: string;
/** What bootstrap said to buckets that do not send their events to EventBridge. */
let refusal: string;
/** The notifications of production's bucket as they were before there was a pipeline. */
let before: object;

const s3 = () => new S3Client({ ...runs.client, forcePathStyle: true });

/** Somebody has two buckets, and is told in a queue of what is put into production's. */
async function prepare(these: PipelineRuns): Promise<void> {
  runs = these;
  const { emulator, workstation, folder } = runs.session;
  for (const Bucket of Object.values(BUCKETS)) await s3().send(new CreateBucketCommand({ Bucket }));
  ({ QueueUrl: queueUrl } = await sqs<{ QueueUrl: string }>(emulator, "CreateQueue", {
    QueueName: "theirs",
  }));
  const QueueArn = `arn:aws:sqs:eu-west-1:111122223333:theirs`;
  const Queue = { QueueUrl: queueUrl, Attributes: { Policy: mayBeToldBy(QueueArn) } };
  await sqs(emulator, "SetQueueAttributes", Queue);
  await notify({ QueueConfigurations: [{ Id: "theirs", QueueArn, Events: ["s3:ObjectCreated:*"] }] });

  await expect(workstation.bootstrap()).rejects.toThrow("npm run bootstrap ended with 1");
  refusal = readFileSync(join(folder, "bootstrap.log"), "utf8");
  await notify({ ...(await notifications()), EventBridgeConfiguration: {} });
  await notify({ EventBridgeConfiguration: {} }, BUCKETS.dev);
  before = await notifications();
}

function mayBeToldBy(Resource: string): string {
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

/** The keys that the other's queue has been told of since it was asked last. */
async function told(): Promise<string[]> {
  interface Received {
    readonly Messages?: { readonly Body: string }[];
  }
  const { Messages = [] } = await sqs<Received>(runs.session.emulator, "ReceiveMessage", {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: 10,
  });
  return Messages.flatMap(({ Body }) => {
    const { Records = [] } = JSON.parse(Body) as { Records?: { s3: { object: { key: string } } }[] };
    return Records.map(({ s3: { object } }) => object.key);
  });
}

beforeAll(async () => {
  runs = await PipelineRuns.start(settings, prepare);
});

afterAll(() => runs?.stop());

it("is refused with what to do while it does not send its events to EventBridge, before anything is created", () => {
  for (const [environment, bucket] of Object.entries(BUCKETS)) {
    expect(refusal).toContain(
      `service_existing_bucket_${environment} is ${bucket}. It does not send its events`,
    );
    expect(refusal).toContain(`aws s3api put-bucket-notification-configuration --bucket ${bucket} `);
  }
  expect(refusal).toContain("Nothing was created.");
  expect(refusal).not.toContain("Creating the state stack");
});

it("has its documents recorded, and the other's queue is still told", async () => {
  const commit = await runs.push();
  const [run] = await runs.until(commit, ([one]) => ["Succeeded", "Failed"].includes(one?.status ?? ""));
  if (run?.status !== "Succeeded") throw new Error(await runs.log(run!));
  const { session } = runs;
  const { API_URL } = await outputVariables(session.aws, session.pipeline, run.id, "DeployOnProd");
  await told();

  await s3().send(new PutObjectCommand({ Bucket: BUCKETS.prod, Key: "documents/a b+c", Body: "abc" }));
  const location = `${API_URL}/documents/${encodeURIComponent("a b+c")}/metadata`;
  let answer = await fetch(location);
  for (let tries = 0; !answer.ok && tries < 120; tries++) {
    await pause(500);
    answer = await fetch(location);
  }
  expect(await answer.json()).toMatchObject({ name: "a b+c", size: 3 });
  expect(await told()).toContain("documents/a+b%2Bc");
});

it("has the notifications it had, and no step had a right to anything but the documents in it", async () => {
  expect(await notifications()).toEqual(before);
  const decisions = await runs.session.emulator.decisions();
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

it("keeps them when production is taken down", async () => {
  const { workstation } = runs.session;
  const options = { cwd: workstation.clone, env: workstation.environment() };
  const destroy = [
    "cdktf",
    "destroy",
    "service-prod",
    "--skip-synth",
    "--auto-approve",
    "--skip-provider-lock",
  ];
  await promisify(execFile)("npx", destroy, options);
  expect(await notifications()).toEqual(before);
  await s3().send(new PutObjectCommand({ Bucket: BUCKETS.prod, Key: "documents/later", Body: "abc" }));
  expect(await told()).toContain("documents/later");
});

import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { GetRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  ACCOUNT,
  createRole,
  REGION,
  sessionOf,
  testEmulator,
  WORKAROUNDS,
  type TestEmulator,
} from "./fixture";
import { lets } from "./topics";

/** An event of CloudTrail, as a rule gets it. */
interface ApiCall {
  readonly source: string;
  readonly "detail-type": string;
  readonly detail: {
    readonly eventName: string;
    readonly userIdentity: object;
    readonly requestParameters: Readonly<Record<string, unknown>>;
    readonly errorCode?: string;
  };
}

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Receives what a rule in a region matches. */
async function listen(on: TestEmulator, name: string, region = REGION, pattern: object = fromTrail) {
  const at = { ...on.client(), region };
  const sqs = new SQSClient(at);
  const statement = lets("events.amazonaws.com", "sqs:SendMessage");
  const Attributes = { Policy: JSON.stringify({ Statement: [statement] }) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const events = new EventBridgeClient(at);
  await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
  const Arn = `arn:aws:sqs:${region}:${ACCOUNT}:${name}`;
  await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "queue", Arn }] }));
  return async (): Promise<ApiCall[]> => {
    const all: ApiCall[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
      );
      if (Messages.length === 0) return all;
      all.push(...Messages.map(({ Body }) => JSON.parse(Body!) as ApiCall));
    }
  };
}

const fromTrail = { "detail-type": ["AWS API Call via CloudTrail"] };
const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });

const putPolicy = (config: ReturnType<TestEmulator["client"]>, RoleName: string) =>
  new IAMClient(config).send(
    new PutRolePolicyCommand({ RoleName, PolicyName: "rights", PolicyDocument: document }),
  );

describe("a rule on CloudTrail's events", () => {
  it("gets IAM's changes with their caller in us-east-1, and none in another region", async () => {
    const there = await listen(emulator, "iam-there", "us-east-1");
    const here = await listen(emulator, "iam-here");
    await createRole(emulator, "changed", []);
    await putPolicy(emulator.client(), "changed");
    const session = await sessionOf(emulator, "caller", [
      { Effect: "Allow", Action: "iam:*", Resource: "*" },
    ]);
    await putPolicy(emulator.client(session), "changed");
    await new IAMClient(emulator.client()).send(new GetRoleCommand({ RoleName: "changed" }));

    expect(await here()).toEqual([]);
    const calls = (await there()).filter(({ detail }) => detail.requestParameters.roleName === "changed");
    expect(calls.map(({ detail }) => detail.eventName)).toEqual([
      "CreateRole",
      "PutRolePolicy",
      "PutRolePolicy",
    ]);
    const [, byRoot, byRole] = calls;
    expect(byRoot).toMatchObject({
      source: "aws.iam",
      detail: {
        userIdentity: { type: "Root", arn: `arn:aws:iam::${ACCOUNT}:root` },
        requestParameters: { roleName: "changed", policyName: "rights", policyDocument: document },
      },
    });
    expect(byRoot!.detail.userIdentity).not.toHaveProperty("sessionContext");
    expect(byRole!.detail.userIdentity).toMatchObject({
      type: "AssumedRole",
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/caller/test`,
      sessionContext: { sessionIssuer: { type: "Role", arn: `arn:aws:iam::${ACCOUNT}:role/caller` } },
    });
  });

  it("gets a refused call with its error", async () => {
    const events = await listen(emulator, "refused", "us-east-1");
    const session = await sessionOf(emulator, "powerless", []);
    await expect(putPolicy(emulator.client(session), "powerless")).rejects.toThrow("not authorized");
    const call = (await events()).find(({ detail }) => detail.errorCode !== undefined);
    expect(call?.detail).toMatchObject({ eventName: "PutRolePolicy", errorCode: "AccessDenied" });
  });

  it("gets changes of log groups, keys and bucket settings, and none of their contents", async () => {
    const events = await listen(emulator, "regional");
    const logs = new CloudWatchLogsClient(emulator.client());
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/a" }));
    await logs.send(new DeleteLogGroupCommand({ logGroupName: "/a" }));
    const kms = new KMSClient(emulator.client());
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata!.KeyId!;
    const principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
    const Policy = JSON.stringify({
      Statement: { Effect: "Allow", Principal: principal, Action: "kms:*", Resource: "*" },
    });
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    const s3 = new S3Client({ ...emulator.client(), forcePathStyle: true });
    const Bucket = "a-bucket";
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    const readable = {
      Effect: "Allow",
      Principal: principal,
      Action: "s3:*",
      Resource: `arn:aws:s3:::${Bucket}`,
    };
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement: readable }) }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "object", Body: "" }));
    const calls = (await events()).map(({ source, detail }) => ({ source, ...detail }));
    expect(
      calls.map(({ source, eventName, requestParameters }) => [source, eventName, requestParameters]),
    ).toEqual([
      ["aws.logs", "CreateLogGroup", { logGroupName: "/a" }],
      ["aws.logs", "DeleteLogGroup", { logGroupName: "/a" }],
      ["aws.kms", "PutKeyPolicy", { keyId: KeyId, policy: Policy }],
      ["aws.s3", "CreateBucket", { bucketName: Bucket }],
      ["aws.s3", "PutBucketVersioning", { bucketName: Bucket }],
      ["aws.s3", "PutBucketPolicy", { bucketName: Bucket }],
    ]);
  });

  it("gets nothing in ministack itself", async () => {
    const events = await listen(bare, "none", "us-east-1");
    await createRole(bare, "changed", []);
    expect(await events()).toEqual([]);
  });
});

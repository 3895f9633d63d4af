import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreatePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  ACCOUNT,
  decision,
  REGION,
  sessionOf,
  testEmulator,
  WORKAROUNDS,
  type TestEmulator,
} from "./fixture";
import { encryptedTopic, forAccount, lets, type EncryptedTopic } from "./topics";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const EVENTS = "events.amazonaws.com";
const KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey*"];
const ruleArn = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`;

/** Sends an event that a rule of this name hands to a target. */
async function fire(on: TestEmulator, name: string, Arn: string, RoleArn?: string): Promise<void> {
  const events = new EventBridgeClient(on.client());
  await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: [name] }) }));
  await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "target", Arn, RoleArn }] }));
  await events.send(
    new PutEventsCommand({ Entries: [{ Source: name, DetailType: "Something failed", Detail: "{}" }] }),
  );
}

/** How many invocations of a rule's targets have failed. */
async function failedInvocations(on: TestEmulator, rule: string): Promise<number> {
  const now = Date.now();
  const { Datapoints = [] } = await new CloudWatchClient(on.client()).send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/Events",
      MetricName: "FailedInvocations",
      Dimensions: [{ Name: "RuleName", Value: rule }],
      StartTime: new Date(now - 600_000),
      EndTime: new Date(now + 60_000),
      Period: 3600,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
}

describe("a rule without a role", () => {
  it("reaches an encrypted topic whose policies have no condition", async () => {
    const open = { topic: [lets(EVENTS, "sns:Publish")], key: [lets(EVENTS, KEY_USE)] };
    const topic = await encryptedTopic(emulator, "open", open);
    await fire(emulator, "open", topic.arn);
    expect(await topic.arrived()).toBe(1);
    expect(await failedInvocations(emulator, "open")).toBe(0);
  });

  it.each([
    [
      "topic",
      { topic: [lets(EVENTS, "sns:Publish", forAccount)], key: [lets(EVENTS, KEY_USE)] },
      "sns:Publish",
    ],
    ["key", { topic: [lets(EVENTS, "sns:Publish")], key: [lets(EVENTS, KEY_USE, forAccount)] }, "kms:Gen"],
  ] as const)("does not reach one whose %s asks for the account", async (name, policies, missing) => {
    const topic = await encryptedTopic(emulator, name, policies);
    await fire(emulator, name, topic.arn);
    expect(await topic.arrived()).toBe(0);
    expect(await failedInvocations(emulator, name)).toBe(1);
    expect(emulator.log()).toMatch(
      new RegExp(`did not deliver to ${topic.arn}: ${EVENTS}, for ${ruleArn(name)}, is not .*${missing}`),
    );
  });

  it("reaches any topic in ministack itself", async () => {
    const topic = await encryptedTopic(bare, "any", { topic: [], key: [] });
    await fire(bare, "any", topic.arn);
    expect(await topic.arrived()).toBe(1);
  });

  it.each([
    ["of the rule", "mine", 1],
    ["of another rule", "another", 0],
  ])("reaches a queue whose policy names the ARN %s as its source", async (_, rule, expected) => {
    const sqs = new SQSClient(emulator.client());
    const statement = lets(EVENTS, "sqs:SendMessage", { ArnEquals: { "aws:SourceArn": ruleArn("mine") } });
    const Policy = JSON.stringify({ Statement: [statement] });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: rule, Attributes: { Policy } }));
    await fire(emulator, rule, `arn:aws:sqs:${REGION}:${ACCOUNT}:${rule}`);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toHaveLength(expected);
  });
});

describe("a rule with a role", () => {
  let topic: EncryptedTopic;
  beforeAll(async () => {
    // Neither policy mentions EventBridge.
    topic = await encryptedTopic(emulator, "silent", { topic: [], key: [] });
  });

  interface RoleOptions {
    /** The rule that the trust policy names. */
    readonly trusted: string;
    readonly usesKey?: boolean;
    readonly boundary?: string;
  }

  async function role(name: string, { trusted, usesKey = true, boundary }: RoleOptions): Promise<string> {
    const iam = new IAMClient(emulator.client());
    const Condition = { ...forAccount, ArnEquals: { "aws:SourceArn": ruleArn(trusted) } };
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify({
          Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: EVENTS }, Condition },
        }),
        PermissionsBoundary: boundary,
      }),
    );
    const onlyForTopic = {
      StringLike: { "kms:ViaService": `sns.${REGION}.amazonaws.com*` },
      StringEquals: { "kms:EncryptionContext:aws:sns:topicArn": topic.arn },
    };
    const publish = { Effect: "Allow", Action: "sns:Publish", Resource: topic.arn };
    const use = { Effect: "Allow", Action: KEY_USE, Resource: "*", Condition: onlyForTopic };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: name,
        PolicyName: "rights",
        PolicyDocument: JSON.stringify({ Statement: usesKey ? [publish, use] : [publish] }),
      }),
    );
    return Role!.Arn!;
  }

  it("reaches a topic whose policies do not name EventBridge", async () => {
    await fire(emulator, "own", topic.arn, await role("own", { trusted: "own" }));
    expect(await topic.arrived()).toBe(1);
    const used = (await emulator.decisions()).filter(({ principal }) => principal.endsWith(":role/own"));
    expect(used.map(({ action, allowed }) => `${action} ${allowed}`).sort()).toEqual([
      "kms:Decrypt true",
      "kms:GenerateDataKey true",
      "sns:Publish true",
    ]);
  });

  async function limits(): Promise<string> {
    const Statement = { Effect: "Allow", Action: "sns:*", Resource: "*" };
    const { Policy } = await new IAMClient(emulator.client()).send(
      new CreatePolicyCommand({ PolicyName: "limits", PolicyDocument: JSON.stringify({ Statement }) }),
    );
    return Policy!.Arn!;
  }

  it.each([
    [
      "that another rule is trusted with",
      "stranger",
      () => Promise.resolve({ trusted: "another" }),
      "sts:AssumeRole",
    ],
    [
      "without the key",
      "keyless",
      () => Promise.resolve({ trusted: "keyless", usesKey: false }),
      "kms:GenerateDataKey",
    ],
    [
      "whose boundary does not include the key",
      "bounded",
      async () => ({ trusted: "bounded", boundary: await limits() }),
      "kms:GenerateDataKey",
    ],
  ] as const)("does not reach it with a role %s", async (_, name, options, missing) => {
    await fire(emulator, name, topic.arn, await role(name, await options()));
    expect(await topic.arrived()).toBe(0);
    expect(await failedInvocations(emulator, name)).toBe(1);
    expect(emulator.log()).toMatch(new RegExp(`did not deliver to ${topic.arn}: .*${name}.* ${missing}`));
  });

  it("does not reach it with a role that does not exist", async () => {
    await fire(emulator, "lost", topic.arn, `arn:aws:iam::${ACCOUNT}:role/lost`);
    expect(await topic.arrived()).toBe(0);
    expect(await failedInvocations(emulator, "lost")).toBe(1);
  });
});

describe("publishing to an encrypted topic", () => {
  const publish = async (on: TestEmulator, actions: readonly string[]) => {
    const topic = await encryptedTopic(on, `by-${actions.length}`, { topic: [], key: [] });
    const statement = { Effect: "Allow", Action: actions, Resource: "*" };
    const sns = new SNSClient(on.client(await sessionOf(on, `by-${actions.length}`, [statement])));
    return decision(sns.send(new PublishCommand({ TopicArn: topic.arn, Message: "Something failed" })));
  };

  it("needs its key", async () => {
    expect(await publish(emulator, ["sns:Publish", ...KEY_USE])).toBe("allowed");
    expect(await publish(emulator, ["sns:Publish"])).toMatch(
      /not authorized to perform: kms:GenerateDataKey/,
    );
  });

  it("needs no key in ministack itself", async () => {
    expect(await publish(bare, ["sns:Publish"])).toBe("allowed");
  });
});

import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { ACCOUNT, createRole, REGION, testEmulator, WORKAROUNDS, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const ruleArn = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`;
const groupArn = (name: string) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}`;

interface Place {
  readonly on: TestEmulator;
  readonly region?: string;
}

/** Has a rule hand the events of a source to a target. */
async function rule(
  { on, region = REGION }: Place,
  name: string,
  source: string,
  Arn: string,
  RoleArn?: string,
) {
  const events = new EventBridgeClient({ ...on.client(), region });
  await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: [source] }) }));
  await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "target", Arn, RoleArn }] }));
}

async function send({ on, region = REGION }: Place, Source: string): Promise<void> {
  const Entries = [{ Source, DetailType: "Something happened", Detail: '{"what":"it"}' }];
  await new EventBridgeClient({ ...on.client(), region }).send(new PutEventsCommand({ Entries }));
}

/** The events in a log group; a group of that name is made first. */
async function logGroup(on: TestEmulator, name: string) {
  const logs = new CloudWatchLogsClient(on.client());
  await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
  return async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: name }));
    return events.map(({ message }) => JSON.parse(message!) as object);
  };
}

describe("a log group as a target", () => {
  const write = async (on: TestEmulator, name: string, services: readonly string[], trusted = name) => {
    const group = `/aws/events/${name}`;
    const read = await logGroup(on, group);
    const allowed = { Effect: "Allow", Principal: { Service: services }, Resource: `${groupArn(group)}:*` };
    const policyDocument = JSON.stringify({
      Statement: [
        { ...allowed, Action: "logs:CreateLogStream" },
        {
          ...allowed,
          Action: "logs:PutLogEvents",
          Condition: { ArnEquals: { "aws:SourceArn": ruleArn(trusted) } },
        },
      ],
    });
    const logs = new CloudWatchLogsClient(on.client());
    await logs.send(new PutResourcePolicyCommand({ policyName: name, policyDocument }));
    await rule({ on }, name, name, groupArn(group));
    await send({ on }, name);
    return read();
  };
  const both = ["events.amazonaws.com", "delivery.logs.amazonaws.com"];

  it("gets the whole event, where a resource policy allows both services to write it", async () => {
    expect(await write(emulator, "allowed", both)).toMatchObject([
      { source: "allowed", "detail-type": "Something happened", detail: { what: "it" }, region: REGION },
    ]);
  });

  it.each([
    ["one service only", "one", both.slice(0, 1), "one"],
    ["another rule", "stranger", both, "another"],
  ])("gets nothing where the policy names %s, and the log says so", async (_, name, services, trusted) => {
    expect(await write(emulator, name, services, trusted)).toEqual([]);
    expect(emulator.log()).toMatch(
      new RegExp(`did not deliver to ${groupArn(`/aws/events/${name}`)}: .*not authorized to perform: logs:`),
    );
  });

  it("gets nothing in ministack itself", async () => {
    expect(await write(bare, "bare", both)).toEqual([]);
  });
});

describe("the event bus of another region as a target", () => {
  const bus = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;
  const service = { Service: "events.amazonaws.com" };
  const allows = (Resource: string) => [{ Effect: "Allow", Action: "events:PutEvents", Resource }];

  /** Forwards from us-east-1 to a log group of the own region. */
  const forward = async (on: TestEmulator, name: string, RoleArn: string) => {
    const read = await logGroup(on, `/aws/events/${name}`);
    const policyDocument = JSON.stringify({
      Statement: { Effect: "Allow", Principal: "*", Action: "logs:*", Resource: "*" },
    });
    const logs = new CloudWatchLogsClient(on.client());
    await logs.send(new PutResourcePolicyCommand({ policyName: name, policyDocument }));
    await rule({ on }, name, name, groupArn(`/aws/events/${name}`));
    await rule({ on, region: "us-east-1" }, `${name}-forward`, name, bus, RoleArn);
    await send({ on, region: "us-east-1" }, name);
    return read();
  };

  it("gets the event with a role that is allowed to put events", async () => {
    const role = await createRole(emulator, "forward", allows(bus), service);
    expect(await forward(emulator, "forward", role)).toMatchObject([{ source: "forward" }]);
  });

  it("gets nothing with a role that is not allowed to", async () => {
    const role = await createRole(
      emulator,
      "powerless",
      allows("arn:aws:events:*:*:event-bus/other"),
      service,
    );
    expect(await forward(emulator, "powerless", role)).toEqual([]);
    expect(emulator.log()).toMatch(/did not deliver to .*event-bus\/default: .*events:PutEvents/);
  });

  it("gets nothing in ministack itself, though its log group would", async () => {
    const role = await createRole(bare, "bare-forward", allows(bus), service);
    expect(await forward(bare, "bare-forward", role)).toEqual([]);
    expect(bare.log()).toMatch(/event bus .* not found/);
  });
});

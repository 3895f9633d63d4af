import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand as ListAlarmTagsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateTopicCommand,
  ListTagsForResourceCommand as ListTopicTagsCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import {
  ACCOUNT,
  createRole,
  decision,
  functionZip,
  REGION,
  sessionOf,
  testEmulator,
  WORKAROUNDS,
  type TestEmulator,
} from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const place = `${REGION}:${ACCOUNT}`;
let sessions = 0;

type Client = ReturnType<TestEmulator["client"]>;

/** Returns the decision on a request by a role with permission for one action on one resource. */
async function byHolderOf(
  on: TestEmulator,
  Action: string,
  Resource: string,
  request: (client: Client) => Promise<unknown>,
): Promise<string> {
  const session = await sessionOf(on, `holder-${sessions++}`, [{ Effect: "Allow", Action, Resource }]);
  return decision(request(on.client(session)));
}

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
});

const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
});

/** A permission as a policy states it, a similar one, and the request that needs it. */
const permissions: {
  action: string;
  resource: string;
  other: string;
  /** Makes what the request is about. */
  given?: (root: Client) => Promise<unknown>;
  request: (client: Client) => Promise<unknown>;
}[] = [
  {
    action: "iam:CreateRole",
    resource: `arn:aws:iam::${ACCOUNT}:role/team/*`,
    other: `arn:aws:iam::${ACCOUNT}:role/one`,
    request: (client) =>
      new IAMClient(client).send(
        new CreateRoleCommand({ RoleName: "one", Path: "/team/", AssumeRolePolicyDocument: trust }),
      ),
  },
  {
    action: "iam:GetRole",
    resource: `arn:aws:iam::${ACCOUNT}:role/team/two`,
    other: `arn:aws:iam::${ACCOUNT}:role/two`,
    given: (root) =>
      new IAMClient(root).send(
        new CreateRoleCommand({ RoleName: "two", Path: "/team/", AssumeRolePolicyDocument: trust }),
      ),
    request: (client) => new IAMClient(client).send(new GetRoleCommand({ RoleName: "two" })),
  },
  {
    action: "iam:CreatePolicy",
    resource: `arn:aws:iam::${ACCOUNT}:policy/hw-*`,
    other: `arn:aws:iam::${ACCOUNT}:policy/other-*`,
    request: (client) =>
      new IAMClient(client).send(
        new CreatePolicyCommand({ PolicyName: "hw-limits", PolicyDocument: policy }),
      ),
  },
  {
    action: "iam:GetOpenIDConnectProvider",
    resource: `arn:aws:iam::${ACCOUNT}:oidc-provider/example.com`,
    other: `arn:aws:iam::${ACCOUNT}:oidc-provider/example.org`,
    given: (root) =>
      new IAMClient(root).send(
        new CreateOpenIDConnectProviderCommand({ Url: "https://example.com", ClientIDList: ["a"] }),
      ),
    request: (client) =>
      new IAMClient(client).send(
        new GetOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/example.com`,
        }),
      ),
  },
  {
    action: "events:PutRule",
    resource: `arn:aws:events:${place}:rule/hw-*`,
    other: `arn:aws:events:${place}:rule/default/hw-*`,
    request: (client) =>
      new EventBridgeClient(client).send(
        new PutRuleCommand({ Name: "hw-1", EventPattern: '{"source":["a"]}' }),
      ),
  },
  {
    action: "events:PutTargets",
    resource: `arn:aws:events:${place}:rule/hw-*`,
    other: `arn:aws:events:${place}:rule/other-*`,
    given: (root) =>
      new EventBridgeClient(root).send(
        new PutRuleCommand({ Name: "hw-2", EventPattern: '{"source":["a"]}' }),
      ),
    request: (client) =>
      new EventBridgeClient(client).send(
        new PutTargetsCommand({ Rule: "hw-2", Targets: [{ Id: "t", Arn: `arn:aws:sns:${place}:t` }] }),
      ),
  },
  {
    action: "logs:CreateLogGroup",
    resource: `arn:aws:logs:${place}:log-group:/hw/*:*`,
    other: `arn:aws:logs:${place}:log-group:/hw/group`,
    request: (client) =>
      new CloudWatchLogsClient(client).send(new CreateLogGroupCommand({ logGroupName: "/hw/group" })),
  },
  {
    action: "logs:DescribeLogGroups",
    resource: `arn:aws:logs:${place}:log-group:*`,
    other: `arn:aws:logs:${place}:log-group:/hw/*`,
    request: (client) => new CloudWatchLogsClient(client).send(new DescribeLogGroupsCommand({})),
  },
  {
    action: "cloudwatch:DescribeAlarms",
    resource: `arn:aws:cloudwatch:${place}:alarm:*`,
    other: `arn:aws:cloudwatch:${place}:alarm:hw-*`,
    request: (client) => new CloudWatchClient(client).send(new DescribeAlarmsCommand({})),
  },
  {
    action: "sns:ListTagsForResource",
    resource: `arn:aws:sns:${place}:hw-topic`,
    other: `arn:aws:sns:${place}:other-topic`,
    given: (root) => new SNSClient(root).send(new CreateTopicCommand({ Name: "hw-topic" })),
    request: (client) =>
      new SNSClient(client).send(new ListTopicTagsCommand({ ResourceArn: `arn:aws:sns:${place}:hw-topic` })),
  },
  {
    action: "cloudwatch:ListTagsForResource",
    resource: `arn:aws:cloudwatch:${place}:alarm:hw-*`,
    other: `arn:aws:cloudwatch:${place}:alarm:other-*`,
    given: (root) =>
      new CloudWatchClient(root).send(
        new PutMetricAlarmCommand({
          AlarmName: "hw-alarm",
          Namespace: "n",
          MetricName: "m",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold",
        }),
      ),
    request: (client) =>
      new CloudWatchClient(client).send(
        new ListAlarmTagsCommand({ ResourceARN: `arn:aws:cloudwatch:${place}:alarm:hw-alarm` }),
      ),
  },
];

it.each(permissions)("$action is decided on the ARN that AWS decides on", async (right) => {
  await right.given?.(emulator.client());
  // The narrower right first: the request changes nothing when it is refused.
  expect(await byHolderOf(emulator, right.action, right.other, right.request)).toContain(right.action);
  expect(await byHolderOf(emulator, right.action, right.resource, right.request)).toBe("allowed");
});

it.each(permissions)("$action is decided on another by ministack itself", async (right) => {
  await right.given?.(bare.client());
  expect(await byHolderOf(bare, right.action, right.resource, right.request)).toContain(right.action);
});

describe("a function", () => {
  const functions = `arn:aws:lambda:${place}:function:hw-*`;

  async function create(on: TestEmulator): Promise<string> {
    const Role = await createRole(on, "runs", [], { Service: "lambda.amazonaws.com" });
    const session = await sessionOf(on, "creator", [
      { Effect: "Allow", Action: "lambda:CreateFunction", Resource: functions },
      { Effect: "Allow", Action: "iam:PassRole", Resource: Role },
    ]);
    const Code = { ZipFile: await functionZip("exports.handler = async () => 1") };
    const settings = { Role, Code, Runtime: "nodejs20.x", Handler: "index.handler" } as const;
    const lambda = new LambdaClient(on.client(session));
    const other = decision(lambda.send(new CreateFunctionCommand({ ...settings, FunctionName: "other" })));
    expect(await other).toContain("lambda:CreateFunction");
    return decision(lambda.send(new CreateFunctionCommand({ ...settings, FunctionName: "hw-api" })));
  }

  it("is created with permission for it, and its alias changed with permission for that", async () => {
    expect(await create(emulator)).toBe("allowed");
    const live = { FunctionName: "hw-api", Name: "live", FunctionVersion: "$LATEST" };
    await new LambdaClient(emulator.client()).send(new CreateAliasCommand(live));
    const read = (client: Client) => new LambdaClient(client).send(new GetAliasCommand(live));
    const change = (client: Client) => new LambdaClient(client).send(new UpdateAliasCommand(live));

    expect(await byHolderOf(emulator, "lambda:GetAlias", functions, read)).toBe("allowed");
    expect(await byHolderOf(emulator, "lambda:UpdateAlias", functions, change)).toBe("allowed");
    expect(await byHolderOf(emulator, "lambda:GetAlias", functions, change)).toContain("lambda:UpdateAlias");
    expect(await byHolderOf(emulator, "lambda:ListAliases", functions, change)).toContain(
      "lambda:UpdateAlias",
    );
  });

  const readProvisioned = (client: Client) =>
    new LambdaClient(client)
      .send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: "hw-api", Qualifier: "live" }))
      .catch((error: Error) => {
        // None was ever configured; this error shows that reading is allowed.
        if (error.name !== "ProvisionedConcurrencyConfigNotFoundException") throw error;
      });

  it("needs a permission of its own to read its provisioned concurrency", async () => {
    const by = (on: TestEmulator, right: string) => byHolderOf(on, right, functions, readProvisioned);
    expect(await by(emulator, "lambda:GetProvisionedConcurrencyConfig")).toBe("allowed");
    expect(await by(emulator, "lambda:GetFunction")).toContain("lambda:GetProvisionedConcurrencyConfig");
  });

  const retryNothing = (client: Client) =>
    new LambdaClient(client).send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: "hw-api", MaximumRetryAttempts: 0 }),
    );

  it("needs a permission of its own to change its asynchronous invocations", async () => {
    const by = (on: TestEmulator, right: string) => byHolderOf(on, right, functions, retryNothing);
    expect(await by(emulator, "lambda:PutFunctionEventInvokeConfig")).toBe("allowed");
    expect(await by(emulator, "lambda:UpdateFunctionCode")).toContain("lambda:PutFunctionEventInvokeConfig");
  });

  it("is created with permission for any, and its alias changed with permission to list it, in ministack itself", async () => {
    expect(await create(bare)).toContain("lambda:CreateFunction");
    const root = new LambdaClient(bare.client());
    const Code = { ZipFile: await functionZip("exports.handler = async () => 1") };
    const Role = `arn:aws:iam::${ACCOUNT}:role/runs`;
    const settings = { Role, Code, Runtime: "nodejs20.x", Handler: "index.handler" } as const;
    await root.send(new CreateFunctionCommand({ ...settings, FunctionName: "hw-api" }));
    const live = { FunctionName: "hw-api", Name: "live", FunctionVersion: "$LATEST" };
    await root.send(new CreateAliasCommand(live));
    const change = (client: Client) => new LambdaClient(client).send(new UpdateAliasCommand(live));
    expect(await byHolderOf(bare, "lambda:ListAliases", functions, change)).toBe("allowed");
    expect(await byHolderOf(bare, "lambda:GetFunction", functions, readProvisioned)).toBe("allowed");
    expect(await byHolderOf(bare, "lambda:UpdateFunctionCode", functions, retryNothing)).toBe("allowed");
  });
});

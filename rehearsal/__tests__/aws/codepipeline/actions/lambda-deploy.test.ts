import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { clientConfig } from "../../../../src/aws/client-config";
import type { ActionRequest, Progress } from "../../../../src/aws/codepipeline/actions/action";
import { LambdaDeploy } from "../../../../src/aws/codepipeline/actions/lambda-deploy";
import { Pipeline } from "../../../../src/aws/codepipeline/pipeline";
import { functionZip } from "../../../ministack/fixture";
import { openAccount, type Account } from "../../codebuild/account";
import { declaration } from "../../support/pipelines";
import { eventually } from "../../../support/eventually";

const NAME = "hw-prod-api";
const PERMISSIONS = [
  "lambda:GetAlias",
  "lambda:GetFunctionConfiguration",
  "lambda:GetProvisionedConcurrencyConfig",
  "lambda:UpdateAlias",
  "cloudwatch:DescribeAlarms",
  "logs:CreateLogGroup",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
];

let account: Account;
let lambda: LambdaClient;
let cloudwatch: CloudWatchClient;
let roleArn: string;

beforeAll(async () => {
  account = await openAccount();
  lambda = new LambdaClient(clientConfig(account.aws));
  cloudwatch = new CloudWatchClient(clientConfig(account.aws));
  roleArn = await account.createRole("pipeline", [allow(PERMISSIONS)], "codepipeline.amazonaws.com");
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: NAME,
      Role: await account.createRole("function", [], "lambda.amazonaws.com"),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: await functionZip("exports.handler = async () => 1;") },
    }),
  );
  await lambda.send(new PublishVersionCommand({ FunctionName: NAME }));
  const ZipFile = await functionZip("exports.handler = async () => 2;");
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: NAME, ZipFile }));
  await lambda.send(new PublishVersionCommand({ FunctionName: NAME }));
  await lambda.send(new CreateAliasCommand({ FunctionName: NAME, Name: "live", FunctionVersion: "1" }));
  for (const AlarmName of ["errors", "latency"]) {
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: AlarmName,
        MetricName: "m",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: "GreaterThanThreshold",
        // So that its state stays what a test makes it.
        TreatMissingData: "ignore",
      }),
    );
  }
});
afterAll(async () => {
  lambda.destroy();
  cloudwatch.destroy();
  await account.stop();
});
beforeEach(async () => {
  await become("1");
  for (const name of ["errors", "latency"]) await setAlarm(name, "OK");
});

const allow = (Action: string[]) => ({ Effect: "Allow", Action, Resource: "*" });

function become(FunctionVersion: string, AdditionalVersionWeights = {}) {
  const RoutingConfig = { AdditionalVersionWeights };
  return lambda.send(
    new UpdateAliasCommand({ FunctionName: NAME, Name: "live", FunctionVersion, RoutingConfig }),
  );
}

function setAlarm(AlarmName: string, StateValue: "OK" | "ALARM") {
  return cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "Set by the test." }),
  );
}

async function alias() {
  const { FunctionVersion, RoutingConfig } = await lambda.send(
    new GetAliasCommand({ FunctionName: NAME, Name: "live" }),
  );
  return { version: FunctionVersion, weights: RoutingConfig?.AdditionalVersionWeights };
}

/** Waits until a share of the traffic goes to the second version. */
function split() {
  return eventually("the traffic is split", async () => {
    const now = await alias();
    return now.weights && now;
  });
}

/** Starts an action. Returns its run, its progress, and how to abandon it. */
function deploy(configuration: Record<string, string> = {}, role = roleArn) {
  const abandon = new AbortController();
  const progress: Progress[] = [];
  const request: ActionRequest = {
    pipeline: new Pipeline("arn:aws:codepipeline:eu-west-1:123456789012:hw", {
      ...declaration([]),
      roleArn: role,
    }),
    executionId: "1b2c",
    stage: "ReleaseApi",
    action: { name: "ReleaseApi", actionTypeId: undefined },
    configuration: {
      FunctionName: NAME,
      FunctionAlias: "live",
      PublishedTargetVersion: "2",
      DeployStrategy: "Canary10Percent1Minutes",
      Alarms: "errors,latency",
      ...configuration,
    },
    revision: undefined,
    inputs: [],
    outputs: [],
    abandoned: abandon.signal,
    progress: (update) => progress.push(update),
  };
  const ended = new LambdaDeploy(account.aws).run(request);
  // A failure reaches the test that awaits it.
  ended.catch(() => undefined);
  return { ended, progress, abandon: () => abandon.abort() };
}

it("sends a canary its share of the traffic, and then all of it", async () => {
  const { ended, progress } = deploy();
  expect(await split()).toEqual({ version: "1", weights: { "2": 0.1 } });
  expect(await ended).toMatchObject({ variables: { FunctionVersion: "2" } });
  expect(await alias()).toEqual({ version: "2", weights: undefined });
  expect(progress.map(({ summary }) => summary)).toEqual([
    "10 % of hw-prod-api:live goes to version 2.",
    "100 % of hw-prod-api:live goes to version 2.",
  ]);
});

it("shifts all traffic at once, also without alarms", async () => {
  const { ended, progress } = deploy({ DeployStrategy: "AllAtOnce", Alarms: "" });
  await ended;
  expect(progress).toHaveLength(1);
  expect(await alias()).toEqual({ version: "2", weights: undefined });
});

it("rolls back when an alarm fires, and names the alarm", async () => {
  const { ended } = deploy({ DeployStrategy: "Canary10Percent5Minutes" });
  await split();
  await setAlarm("latency", "ALARM");
  await expect(ended).rejects.toMatchObject({
    code: "JobFailed",
    message:
      "Version 2 of hw-prod-api was rolled back to version 1: the alarm latency fired. Set by the test.",
  });
  expect(await alias()).toEqual({ version: "1", weights: undefined });
});

it("rolls back when the execution is abandoned", async () => {
  const { ended, abandon } = deploy({ DeployStrategy: "Canary10Percent5Minutes" });
  await split();
  abandon();
  await expect(ended).rejects.toThrow("stopped");
  expect(await alias()).toEqual({ version: "1", weights: undefined });
});

describe("the traffic is not shifted", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["to a version that is not published", { PublishedTargetVersion: "7" }, /not found.*7/i],
    ["to the version that is live", { PublishedTargetVersion: "1" }, /is version 1 already/],
    ["where an alarm is missing", { Alarms: "errors,none" }, /There is no alarm none/],
    ["by a strategy that is none", { DeployStrategy: "Canary10Percent" }, /is not a valid DeployStrategy/],
    ["of an alias that is not there", { FunctionAlias: "none" }, /Alias not found/],
  ])("%s", async (_, configuration, message) => {
    await expect(deploy(configuration).ended).rejects.toMatchObject({
      code: "ConfigurationError",
      message: expect.stringMatching(message) as string,
    });
    expect(await alias()).toEqual({ version: "1", weights: undefined });
  });

  it("if an alarm is in ALARM before", async () => {
    await setAlarm("errors", "ALARM");
    const { ended, progress } = deploy();
    await expect(ended).rejects.toThrow(
      "got no traffic: the alarm errors was in ALARM before any was moved, and version 1 stays live",
    );
    expect(progress).toEqual([]);
  });

  it("if the alias already points to two versions", async () => {
    await become("1", { "2": 0.5 });
    await expect(deploy().ended).rejects.toThrow("must point to one version");
    expect(await alias()).toEqual({ version: "1", weights: { "2": 0.5 } });
  });

  it.each(PERMISSIONS)("without the permission %s", async (permission) => {
    const less = PERMISSIONS.filter((other) => other !== permission);
    const name = `without-${permission.replace(":", "-")}`;
    const role = await account.createRole(name, [allow(less)], "codepipeline.amazonaws.com");
    await expect(deploy({}, role).ended).rejects.toMatchObject({
      code: "PermissionError",
      message: expect.stringContaining(permission) as string,
    });
    expect(await alias()).toEqual({ version: "1", weights: undefined });
  });
});

it.each([
  [{ FunctionName: NAME }, /without FunctionAlias/],
  [{ FunctionName: NAME, FunctionAlias: "live" }, /PublishedTargetVersion/],
  [
    { FunctionName: NAME, FunctionAlias: "live", PublishedTargetVersion: "#{A.B}", DeployStrategy: "Fast" },
    /DeployStrategy Fast/,
  ],
])("rejects %j when the pipeline is created", (configuration, message) => {
  expect(new LambdaDeploy(account.aws).unsupported(configuration)).toMatch(message);
});

import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import { eventually } from "../support/eventually";
import { ACCOUNT, createRole, functionZip, REGION, testEmulator, type TestEmulator } from "./fixture";

/** Invocations of each kind, and how many are made at once. */
const TIMES = 120;
const AT_ONCE = 4;
/** Milliseconds that a function takes to start. */
const START = 3000;

let emulator: TestEmulator;
/** The same without what is tested: shows that the gap is still there. */
let bare: TestEmulator;
const addresses = new Map<TestEmulator, string>();

beforeAll(async () => {
  [emulator, bare] = await Promise.all([
    testEmulator(),
    testEmulator(["alias-weights", "alias-metrics", "api-metrics"]),
  ]);
  for (const on of [emulator, bare]) addresses.set(on, await deploy(on));
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Fails where the request's path or the event says so. */
const code = (version: number) => `
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${START});
exports.handler = async (event) => {
  if (event.fails || event.rawPath === "/fails") throw new Error("It fails.");
  return { statusCode: 200, body: "${version}" };
};`;

/** A function with two versions, of which the alias `live` gives 30 % to the second, behind an HTTP API. */
async function deploy(on: TestEmulator): Promise<string> {
  const lambda = new LambdaClient(on.client());
  const FunctionName = "weighted";
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: await createRole(on, "function", [], { Service: "lambda.amazonaws.com" }),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: await functionZip(code(1)) },
    }),
  );
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await functionZip(code(2)) }));
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.3 } };
  await lambda.send(
    new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1", RoutingConfig }),
  );
  const gateway = new ApiGatewayV2Client(on.client());
  const { ApiId } = await gateway.send(new CreateApiCommand({ Name: "weighted", ProtocolType: "HTTP" }));
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: `${FunctionArn}:live`,
      PayloadFormatVersion: "2.0",
    }),
  );
  await gateway.send(
    new CreateRouteCommand({ ApiId, RouteKey: "$default", Target: `integrations/${IntegrationId}` }),
  );
  await gateway.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      Qualifier: "live",
      StatementId: "api",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
      SourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${ApiId}/*`,
    }),
  );
  return `${on.url}/_aws/execute-api/${ApiId}`;
}

async function invoke(on: TestEmulator, Qualifier: string, event: object = {}): Promise<string> {
  const { Payload } = await new LambdaClient(on.client()).send(
    new InvokeCommand({ FunctionName: "weighted", Qualifier, Payload: JSON.stringify(event) }),
  );
  return (JSON.parse(Buffer.from(Payload!).toString()) as { body: string }).body;
}

async function request(on: TestEmulator): Promise<string> {
  return (await fetch(`${addresses.get(on)}/`)).text();
}

/** How many of the answers came from version 2. */
async function second(ask: () => Promise<string>): Promise<number> {
  const answers: string[] = [];
  while (answers.length < TIMES) {
    answers.push(...(await Promise.all(Array.from({ length: AT_ONCE }, ask))));
  }
  return answers.filter((answer) => answer === "2").length;
}

/** A statistic of a metric of Lambda, over all that has happened so far. */
function metric(on: TestEmulator, name: string, statistic: "Sum" | "Maximum", version?: string) {
  const dimensions = { FunctionName: "weighted", Resource: "weighted:live", ExecutedVersion: version };
  return statistics(on, "AWS/Lambda", name, statistic, dimensions);
}

async function statistics(
  on: TestEmulator,
  Namespace: string,
  MetricName: string,
  statistic: "Sum" | "Maximum",
  dimensions: Readonly<Record<string, string | undefined>>,
) {
  const { Datapoints = [] } = await new CloudWatchClient(on.client()).send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions)
        .filter(([, Value]) => Value !== undefined)
        .map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 3600,
      Statistics: [statistic],
    }),
  );
  const values = Datapoints.map((point) => point[statistic] ?? 0);
  return statistic === "Sum" ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

describe("an alias with weights", () => {
  it.each<[string, (on: TestEmulator) => Promise<string>]>([
    ["Invoke", (on) => invoke(on, "live")],
    ["an HTTP API", request],
  ])(
    "sends its share of what comes by %s to the second version",
    async (_, ask) => {
      const found = await second(() => ask(emulator));
      // By chance it is further off than that once in ten thousand times.
      expect(found).toBeGreaterThan(0.14 * TIMES);
      expect(found).toBeLessThan(0.46 * TIMES);
      // ministack itself.
      expect(await second(() => ask(bare))).toBe(0);
    },
    180_000,
  );

  it("does not affect the invocation of a version", async () => {
    expect(await invoke(emulator, "2")).toBe("2");
    expect(await invoke(emulator, "1")).toBe("1");
  });
});

describe("the metrics of an alias", () => {
  it("distinguish the versions, and are missing in ministack itself", async () => {
    const [all, first, other] = await Promise.all(
      [undefined, "1", "2"].map((version) => metric(emulator, "Invocations", "Sum", version)),
    );
    expect(all).toBe(2 * TIMES);
    expect(first! + other!).toBe(all);
    expect(other).toBeGreaterThan(0);
    expect(await metric(bare, "Invocations", "Sum")).toBe(0);
  });

  it("count errors", async () => {
    expect(await metric(emulator, "Errors", "Sum")).toBe(0);
    await invoke(emulator, "live", { fails: true });
    await fetch(`${addresses.get(emulator)}/fails`);
    expect(await metric(emulator, "Errors", "Sum")).toBe(2);
  });

  it("exclude the start of a function", async () => {
    // The first call of this version: its process starts, and waits before its first event.
    const lambda = new LambdaClient(emulator.client());
    const FunctionName = "weighted";
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await functionZip(code(3)) }));
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: "new", FunctionVersion: Version }));
    const began = performance.now();
    expect(await invoke(emulator, "new")).toBe("3");
    const elapsed = performance.now() - began;
    const dimensions = { FunctionName, Resource: `${FunctionName}:new` };
    const duration = await statistics(emulator, "AWS/Lambda", "Duration", "Maximum", dimensions);
    expect(duration).toBeGreaterThan(0);
    expect(duration).toBeLessThanOrEqual(elapsed - START);
  });
});

it("a function counts errors in events, which ministack itself does not", async () => {
  const errors = (on: TestEmulator) =>
    statistics(on, "AWS/Lambda", "Errors", "Sum", { FunctionName: "weighted" });
  const before = await errors(emulator);
  await Promise.all([failOnEvent(emulator), failOnEvent(bare)]);
  await eventually("the error is counted", async () => (await errors(emulator)) > before);
  await eventually("the event is delivered", async () =>
    (await readFile(bare.logFile, "utf8")).includes("Lambda weighted: dispatched"),
  );
  expect(await errors(bare)).toBe(0);
});

/** Sends an event that the function fails for. */
async function failOnEvent(on: TestEmulator): Promise<void> {
  const events = new EventBridgeClient(on.client());
  const EventPattern = JSON.stringify({ source: ["mine"] });
  const { RuleArn } = await events.send(new PutRuleCommand({ Name: "mine", EventPattern }));
  await new LambdaClient(on.client()).send(
    new AddPermissionCommand({
      FunctionName: "weighted",
      StatementId: "events",
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: RuleArn,
    }),
  );
  const Arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:weighted`;
  const Input = JSON.stringify({ fails: true });
  await events.send(new PutTargetsCommand({ Rule: "mine", Targets: [{ Id: "function", Arn, Input }] }));
  await events.send(
    new PutEventsCommand({ Entries: [{ Source: "mine", DetailType: "mine", Detail: "{}" }] }),
  );
}

it("an HTTP API counts its responses and errors, which ministack itself does not", async () => {
  const count = (on: TestEmulator, name: string) =>
    statistics(on, "AWS/ApiGateway", name, "Sum", { ApiId: addresses.get(on)!.split("/").at(-1) });
  const [before, failed] = await Promise.all([count(emulator, "Count"), count(emulator, "5xx")]);
  await request(emulator);
  expect((await fetch(`${addresses.get(emulator)}/fails`)).status).toBeGreaterThanOrEqual(500);
  expect(await count(emulator, "Count")).toBe(before + 2);
  expect(await count(emulator, "5xx")).toBe(failed + 1);
  expect(await count(bare, "Count")).toBe(0);
});

import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createRole, functionZip, testEmulator, WORKAROUNDS, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
  await Promise.all([createFunction(emulator), createFunction(bare)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** A function that writes what it is sent to its log. */
async function createFunction(on: TestEmulator): Promise<void> {
  const code = "exports.handler = async (line) => console.log(line);";
  await new LambdaClient(on.client()).send(
    new CreateFunctionCommand({
      FunctionName: "f",
      Role: await createRole(on, "function", [], { Service: "lambda.amazonaws.com" }),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: await functionZip(code) },
    }),
  );
}

const valid = {
  _aws: {
    Timestamp: Date.now(),
    CloudWatchMetrics: [
      {
        Namespace: "Test",
        Dimensions: [["service", "ExecutedVersion"]],
        Metrics: [{ Name: "ServerErrors", Unit: "Count" }],
      },
    ],
  },
  service: "f",
  ExecutedVersion: "7",
  ServerErrors: 2 as unknown,
};

/** A document with another directive. */
const directed = (change: object) => ({
  ...valid,
  _aws: { ...valid._aws, CloudWatchMetrics: [{ ...valid._aws.CloudWatchMetrics[0], ...change }] },
});

/** Writes a line to the function's log. @returns by how much the metric has grown */
async function grown(on: TestEmulator, line: string, dimensions: Record<string, string>) {
  const before = await sum(on, dimensions);
  const Payload = JSON.stringify(line);
  await new LambdaClient(on.client()).send(new InvokeCommand({ FunctionName: "f", Payload }));
  return (await sum(on, dimensions)) - before;
}

async function sum(on: TestEmulator, dimensions: Record<string, string>): Promise<number> {
  const { Datapoints = [] } = await new CloudWatchClient(on.client()).send(
    new GetMetricStatisticsCommand({
      Namespace: "Test",
      MetricName: "ServerErrors",
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(Date.now() - 3600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 7200,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
}

const all = { service: "f", ExecutedVersion: "7" };

describe("a metric in the embedded metric format", () => {
  it.each<[string, object, number]>([
    ["a value", valid, 2],
    ["several values", { ...valid, ServerErrors: [1, 2, 3] }, 6],
    ["more members than it needs", { ...valid, more: { of: "it" } }, 2],
  ])("a line in the embedded metric format with %s becomes a metric", async (_, document, expected) => {
    expect(await grown(emulator, JSON.stringify(document), all)).toBe(expected);
  });

  it("exists for exactly the dimensions of its line", async () => {
    expect(await grown(emulator, JSON.stringify(valid), { ExecutedVersion: "7" })).toBe(0);
  });

  it.each<[string, string]>([
    ["text before it", `INFO ${JSON.stringify(valid)}`],
    ["no time", JSON.stringify({ ...valid, _aws: { ...valid._aws, Timestamp: undefined } })],
    ["a time long ago", JSON.stringify({ ...valid, _aws: { ...valid._aws, Timestamp: 1 } })],
    ["a value that is a text", JSON.stringify({ ...valid, ServerErrors: "2" })],
    ["too many values", JSON.stringify({ ...valid, ServerErrors: Array(101).fill(1) })],
    ["no value", JSON.stringify({ ...valid, ServerErrors: undefined })],
    ["a dimension that it does not have", JSON.stringify({ ...valid, service: undefined })],
    ["a dimension that is a number", JSON.stringify({ ...valid, ExecutedVersion: 7 })],
    ["no namespace", JSON.stringify(directed({ Namespace: undefined }))],
    ["dimensions that are no sets", JSON.stringify(directed({ Dimensions: "service" }))],
    ["metrics that are none", JSON.stringify(directed({ Metrics: { Name: "ServerErrors" } }))],
  ])("a line with %s is only logged", async (_, line) => {
    expect(await grown(emulator, line, all)).toBe(0);
  });

  it("does not exist in ministack itself", async () => {
    expect(await grown(bare, JSON.stringify(valid), all)).toBe(0);
  });
});

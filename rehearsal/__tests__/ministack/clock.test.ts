import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../../src/aws/aws-context";
import { buildStage, SmallAws } from "../support/small-aws";
import { eventually } from "../support/eventually";
import { sessionOf, sqs, testEmulator, type TestEmulator } from "./fixture";

jest.setTimeout(90_000);

const DAY = 24 * 60 * 60;

/** Everything that jest can fake but the time of day. */
const REAL = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

const folder = mkdtempSync(join(tmpdir(), "clock-"));
const realNow = Date.now;

let small: SmallAws;
/** An emulator without the workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  // Emulators that are started now have the clocks of this test.
  process.env.PYTHONPATH = [resolve(__dirname, "clock"), folder].join(delimiter);
  try {
    [small, bare] = await Promise.all([SmallAws.start(), testEmulator(["session-expiry"])]);
  } finally {
    delete process.env.PYTHONPATH;
  }
}, 120_000);
afterEach(() => set(0));
afterAll(async () => {
  await small.stop();
  await bare.remove();
  rmSync(folder, { recursive: true });
});

/** Sets the clock of this process and of the emulators ahead by a number of seconds. */
function set(ofDay: number, passed = 0): void {
  // Renamed, so that no reader sees a part of it.
  writeFileSync(join(folder, "new"), `${ofDay} ${passed}`);
  renameSync(join(folder, "new"), join(folder, "clocks"));
  jest.useRealTimers();
  if (ofDay !== 0) jest.useFakeTimers({ now: realNow() + ofDay * 1000, doNotFake: [...REAL] });
}

/** Returns the caller that the emulator sees for credentials, or why it refuses them. */
async function caller(on: TestEmulator, credentials: Credentials): Promise<string> {
  const client = new STSClient(on.client(credentials));
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Arn!;
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
}

let names = 0;

describe.each([
  ["forward", DAY],
  ["back", -DAY],
])("when the clock leaps %s by a day", (_, leap) => {
  it("sessions stay valid, and new ones are issued", async () => {
    const name = `before-${++names}`;
    const before = await sessionOf(small.emulator, name, []);
    set(leap);
    expect(await caller(small.emulator, before)).toContain(`assumed-role/${name}/`);
    const after = await sessionOf(small.emulator, `after-${names}`, []);
    expect(await caller(small.emulator, after)).toContain(`assumed-role/after-${names}/`);
    // What issues a session throws away those that have expired.
    expect(await caller(small.emulator, before)).toContain(`assumed-role/${name}/`);
  });

  it("an alarm returns to OK, and fires again", async () => {
    const cloudwatch = new CloudWatchClient(small.emulator.client());
    const Namespace = `leap-${++names}`;
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: Namespace,
        Namespace,
        MetricName: "FailedBuilds",
        Statistic: "Sum",
        Period: 3600,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
      }),
    );
    const fail = () =>
      cloudwatch.send(
        new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: "FailedBuilds", Value: 1 }] }),
      );
    const state = async () => {
      const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [Namespace] }));
      return MetricAlarms![0]!.StateValue;
    };
    await fail();
    expect(await state()).toBe("ALARM");
    set(leap);
    await eventually("the alarm returns to OK", async () => (await state()) === "OK");
    await fail();
    expect(await state()).toBe("ALARM");
    cloudwatch.destroy();
  });

  it("a queue receives and delivers messages", async () => {
    const { QueueUrl } = await sqs<{ QueueUrl: string }>(small.emulator, "CreateQueue", {
      QueueName: `queue-${++names}`,
    });
    const send = (MessageBody: string) => sqs(small.emulator, "SendMessage", { QueueUrl, MessageBody });
    const receive = async () => {
      const input = { QueueUrl, MaxNumberOfMessages: 10 };
      type Output = { Messages?: { Body: string }[] };
      const { Messages = [] } = await sqs<Output>(small.emulator, "ReceiveMessage", input);
      return Messages.map(({ Body }) => Body);
    };
    await send("before");
    set(leap);
    await send("after");
    // Set back, the emulator keeps what was sent before until it is that late again.
    expect(await receive()).toEqual(leap > 0 ? ["before", "after"] : ["after"]);
  });

  it("a build keeps its role, and a new execution runs", async () => {
    const name = `build-${++names}`;
    const open = join(folder, name);
    await small.project(name, "echo before", `while ! test -e ${open}; do sleep 0.02; done`, "echo after");
    const pipeline = small.pipeline(name, buildStage(name));
    await small.codepipeline.send(new CreatePipelineCommand({ pipeline }));
    const { id } = small.aws.codepipeline.get(name).executions[0]!;
    const build = () =>
      small.aws.codepipeline.get(name).execution(id)!.latest(name, name)?.externalExecutionId;
    await eventually("the build starts", () => build() !== undefined);
    const log = () => readFileSync(small.aws.codebuild.logFile(build()!), "utf8");
    await eventually("the build runs its second command", () => log().includes("Running command while"));
    set(leap);
    writeFileSync(open, "");
    expect(await small.end(id)).toBe("Succeeded");
    expect(log()).toContain("\nafter\n");
    expect(log()).not.toMatch(/was not delivered|were not published/);
    const execution = small.aws.codepipeline.start(small.aws.codepipeline.get(name), {
      triggerType: "StartPipelineExecution",
    });
    expect(await small.end(execution.id)).toBe("Succeeded");
  });
});

it("a session expires after its hour", async () => {
  const session = await sessionOf(small.emulator, "passing", []);
  set(3_500, 3_500);
  expect(await caller(small.emulator, session)).toContain("assumed-role/passing/");
  set(3_700, 3_700);
  expect(await caller(small.emulator, session)).toBe("ExpiredToken");
});

it("ministack itself expires sessions when the clock leaps forward", async () => {
  const session = await sessionOf(bare, "leaping", []);
  expect(await caller(bare, session)).toContain("assumed-role/leaping/");
  set(DAY);
  expect(await caller(bare, session)).toBe("ExpiredToken");
});

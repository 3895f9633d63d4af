import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { text } from "node:stream/consumers";
import type { AwsServer } from "../src/aws/server";
import type { ActionChange, StateChange, StateChanges } from "../src/aws/state-change";
import { approve, outputVariables, Watch } from "../src/watch";
import { serve } from "../../__tests__/support/http";

let events: StateChanges;
let aws: AwsServer;
let watch: Watch;

beforeEach(() => {
  events = new EventEmitter();
  // All that a watch uses of AWS.
  aws = { events } as AwsServer;
  watch = new Watch(aws);
});
afterEach(() => watch.end());

const emit = (change: object) => void events.emit("change", change as StateChange);
const at = (second: number) => new Date(second * 1000);
const soon = () => AbortSignal.timeout(10_000);

const execution = (status: string, second: number, executionId = "e1") =>
  emit({ kind: "execution", executionId, status, startTime: at(0), at: at(second) });
const stage = (name: string, status: string, second: number, executionId = "e1") =>
  emit({ kind: "stage", executionId, stage: name, status, startTime: at(second), at: at(second) });
const action = (name: string, state: string, second: number, executionId = "e1") =>
  emit({ kind: "action", executionId, stage: "S", action: name, state, at: at(second) });
const webhook = (outcome: string, executionId?: string) =>
  emit({ kind: "webhook", outcome, executionId, reason: "the signature is wrong", at: at(0) });

describe("what a push started", () => {
  it("is found, whether it happens before or after the call", async () => {
    webhook("started", "before");
    expect(await watch.startedByWebhook(soon())).toBe("before");

    const later = new Watch(aws);
    const asked = later.startedByWebhook(soon());
    await Promise.resolve();
    emit({ kind: "log", message: "something else" });
    webhook("ignored");
    webhook("started", "after");
    expect(await asked).toBe("after");
    later.end();
  });

  it("fails with the reason if the webhook refuses the push", async () => {
    webhook("refused");
    await expect(watch.startedByWebhook(soon())).rejects.toThrow("the signature is wrong");
  });

  it("is waited for until the signal is aborted", async () => {
    webhook("ignored");
    await expect(watch.startedByWebhook(AbortSignal.timeout(50))).rejects.toThrow();
  });
});

describe("an execution", () => {
  it("is followed to its end, with the status and duration of each stage", async () => {
    stage("Source1", "InProgress", 1);
    stage("Source1", "Succeeded", 3);
    const result = watch.execution("e1", soon());
    await Promise.resolve();
    stage("Build", "InProgress", 3);
    stage("Build", "Succeeded", 10);
    stage("SelfUpdate", "Skipped", 10);
    execution("Succeeded", 11);
    expect(await result).toEqual({
      id: "e1",
      status: "Succeeded",
      seconds: 11,
      failure: undefined,
      stages: [
        { name: "Source1", status: "Succeeded", seconds: 2 },
        { name: "Build", status: "Succeeded", seconds: 7 },
        { name: "SelfUpdate", status: "Skipped", seconds: 0 },
      ],
    });
  });

  it.each(["Failed", "Stopped", "Superseded", "Cancelled"])(
    "has ended with the status %s",
    async (status) => {
      execution("InProgress", 0);
      execution(status, 1);
      expect((await watch.execution("e1", soon())).status).toBe(status);
    },
  );

  it("reports its own changes in order, each once", async () => {
    const reported: string[] = [];
    stage("Source1", "InProgress", 1);
    stage("Source1", "InProgress", 1, "e2");
    execution("Succeeded", 1, "e2");
    const result = watch.execution("e1", soon(), (change) => {
      reported.push(`${change.kind} ${change.kind === "action" ? change.action : change.status}`);
    });
    await Promise.resolve();
    webhook("duplicate", "e1");
    action("Source1", "STARTED", 1);
    emit({ kind: "build", at: at(1), build: {} });
    execution("Stopping", 2);
    execution("Stopped", 3);
    await result;
    expect(reported).toEqual([
      "stage InProgress",
      "action Source1",
      "execution Stopping",
      "execution Stopped",
    ]);
  });

  it("reports the action that failed first", async () => {
    action("One", "STARTED", 1);
    action("Two", "FAILED", 2);
    action("Three", "FAILED", 3);
    execution("Failed", 4);
    expect((await watch.execution("e1", soon())).failure?.action).toBe("Two");
  });
});

it("is no longer followed after the watch has ended", () => {
  expect(events.listenerCount("change")).toBe(1);
  watch.end();
  expect(events.listenerCount("change")).toBe(0);
});

describe("as an operator", () => {
  let server: Server;
  const calls: { operation: string; input: Record<string, unknown> }[] = [];

  beforeEach(async () => {
    calls.length = 0;
    const answers: Record<string, object> = {
      GetPipelineState: {
        stageStates: [
          {
            stageName: "Other",
            actionStates: [{ actionName: "Approve", latestExecution: { token: "wrong" } }],
          },
          {
            stageName: "ManualApproval",
            actionStates: [
              { actionName: "Before", latestExecution: { token: "wrong too" } },
              { actionName: "Approve", latestExecution: { token: "right" } },
            ],
          },
        ],
      },
      ListActionExecutions: {
        actionExecutionDetails: [
          { actionName: "DeployOnDev", output: { outputVariables: { API_URL: "http://dev" } } },
          { actionName: "UnitTest" },
        ],
      },
    };
    const started = await serve((request, response) => {
      void text(request).then((body) => {
        const operation = String(request.headers["x-amz-target"]).split(".")[1]!;
        calls.push({ operation, input: JSON.parse(body) as Record<string, unknown> });
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify(answers[operation] ?? {}));
      });
    });
    server = started.server;
    const root = { accessKeyId: "111122223333", secretAccessKey: "test" };
    aws = { events, context: { endpoint: started.url, region: "eu-west-1", root } } as AwsServer;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it("approves with the token of the waiting action", async () => {
    const change = { pipeline: "hw-pipeline", stage: "ManualApproval", action: "Approve" } as ActionChange;
    await approve(aws, change);
    expect(calls.at(-1)).toMatchObject({
      operation: "PutApprovalResult",
      input: {
        pipelineName: "hw-pipeline",
        stageName: "ManualApproval",
        actionName: "Approve",
        token: "right",
        result: { status: "Approved" },
      },
    });
  });

  it("reads the variables that an action exported, if any", async () => {
    const variables = (name: string) => outputVariables(aws, "hw-pipeline", "e1", name);
    expect(await variables("DeployOnDev")).toEqual({ API_URL: "http://dev" });
    expect(await variables("UnitTest")).toEqual({});
    expect(await variables("Unknown")).toEqual({});
    expect(calls[0]?.input).toMatchObject({ filter: { pipelineExecutionId: "e1" } });
  });
});

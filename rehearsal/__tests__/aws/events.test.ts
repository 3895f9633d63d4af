import type { Build } from "@aws-sdk/client-codebuild";
import { EventBus } from "../../src/aws/events";
import type { BuildChange, ExecutionChange, StateChange } from "../../src/aws/state-change";
import { serve } from "../../../__tests__/support/http";
import { UNUSED_AWS } from "./support/pipelines";

interface Entry {
  Source: string;
  DetailType: string;
  Resources: string[];
  Detail: string;
}

/** A bus whose events end up in a list. */
async function bus(status = 200) {
  const entries: Entry[] = [];
  const reported: StateChange[] = [];
  const { url, server } = await serve((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { Entries } = JSON.parse(body) as { Entries: Entry[] };
      entries.push(...Entries);
      response.statusCode = status;
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: "1" })) }));
    });
  });
  const events = new EventBus({ ...UNUSED_AWS, emulator: url }, (change) => reported.push(change));
  const stop = async () => {
    await events.stop();
    server.close();
    server.closeAllConnections();
  };
  return { events, entries, reported, stop };
}

function execution(overrides: Partial<ExecutionChange> = {}): ExecutionChange {
  return {
    kind: "execution",
    at: new Date(),
    pipeline: "delivery",
    pipelineArn: "arn:aws:codepipeline:eu-west-1:123456789012:delivery",
    version: 3,
    executionId: "e1",
    startTime: new Date(0),
    attempt: 1,
    state: "STARTED",
    status: "InProgress",
    summary: undefined,
    trigger: { triggerType: "Webhook", triggerDetail: "arn" },
    ...overrides,
  };
}

function building(overrides: Partial<Build>): BuildChange {
  const id = "UnitTest:1";
  return {
    kind: "build",
    at: new Date(),
    build: { id, arn: `arn/${id}`, projectName: "UnitTest", ...overrides },
  };
}

it("sends events in order and in EventBridge's format", async () => {
  const { events, entries, stop } = await bus();
  for (let version = 1; version <= 25; version++) events.publish(execution({ version }));
  await events.flush();
  await stop();
  expect(entries.map(({ Detail }) => (JSON.parse(Detail) as { version: number }).version)).toEqual(
    Array.from({ length: 25 }, (_, index) => index + 1),
  );
  expect(entries[0]).toMatchObject({
    Source: "aws.codepipeline",
    DetailType: "CodePipeline Pipeline Execution State Change",
    Resources: ["arn:aws:codepipeline:eu-west-1:123456789012:delivery"],
  });
  expect(JSON.parse(entries[0]!.Detail)).toMatchObject({
    pipeline: "delivery",
    "execution-id": "e1",
    state: "STARTED",
    "execution-trigger": { "trigger-type": "Webhook" },
  });
});

it("sends one event for each status of a build, not for each phase", async () => {
  const { events, entries, stop } = await bus();
  for (const currentPhase of ["QUEUED", "INSTALL", "BUILD"]) {
    events.publish(building({ currentPhase, buildStatus: "IN_PROGRESS" }));
  }
  events.publish(building({ currentPhase: "FINALIZING", buildStatus: "FAILED" }));
  events.publish(building({ currentPhase: "COMPLETED", buildStatus: "FAILED", buildComplete: true }));
  await events.flush();
  await stop();
  const statuses = entries.map(
    ({ Detail }) => (JSON.parse(Detail) as Record<string, string>)["build-status"],
  );
  expect(statuses).toEqual(["IN_PROGRESS", "FAILED"]);
});

it("sends nothing for a change without an EventBridge event", async () => {
  const { events, entries, stop } = await bus();
  events.publish(execution({ state: undefined }));
  events.publish({ kind: "log", at: new Date(), level: "info", message: "x" });
  await events.flush();
  await stop();
  expect(entries).toEqual([]);
});

it("logs a rejected event, and throws nothing", async () => {
  const { events, reported, stop } = await bus(400);
  events.publish(execution());
  await events.flush();
  await stop();
  expect(reported).toMatchObject([{ kind: "log", level: "error" }]);
});

/**
 * A program, for what depends on where it runs: the terminal view of a rehearsal in which only the view is
 * real. Everything succeeds at once.
 */
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type { AwsServer } from "../../src/aws/server";
import type { StateChange, StateChanges } from "../../src/aws/state-change";
import type { Session } from "../../src/session";
import { rehearseInTerminal } from "../../src/terminal";
import { serve } from "../../../__tests__/support/http";

const commit = "c0ffee".padEnd(40, "0");
const events: StateChanges = new EventEmitter();

async function main(): Promise<void> {
  const { url } = await serve((request, response) => {
    void answer(url, request).then((body) => response.end(JSON.stringify(body)));
  });
  const root = { accessKeyId: "111122223333", secretAccessKey: "test" };
  const aws = { events, context: { endpoint: url, region: "eu-west-1", root } } as AwsServer;
  const workstation = { bootstrap: () => Promise.resolve(), push, environment: () => ({}) };
  // All that the view and what it follows use of a session.
  const session = { aws, workstation, pipeline: "hw-pipeline", acceptConnections: () => Promise.resolve() };
  const start = () => Promise.resolve(session as unknown as Session);
  await rehearseInTerminal({ commit, parts: [], start });
}

/** What the pipeline does with a push: it tests, and does not update itself. */
async function push(): Promise<void> {
  const at = new Date();
  const tell = (change: object) =>
    events.emit("change", { executionId: "e1", at, startTime: at, ...change } as StateChange);
  tell({ kind: "webhook", outcome: "started" });
  const later = (change: object) => setTimeout(() => tell(change), 100);
  later({ kind: "stage", stage: "UnitTest", status: "InProgress" });
  later({ kind: "stage", stage: "UnitTest", status: "Succeeded" });
  later({ kind: "stage", stage: "SelfUpdate", status: "Skipped" });
  later({ kind: "execution", status: "Succeeded" });
  return Promise.resolve();
}

/** What has been put into production. */
let content = Buffer.alloc(0);

/** AWS and production in one. */
async function answer(url: string, request: IncomingMessage): Promise<object> {
  const body = await buffer(request);
  if (request.method === "PUT") content = body;
  if (request.url === "/health") return { status: "ok", environment: "prod", commit };
  if (request.url?.endsWith("/metadata")) {
    return { sha256: createHash("sha256").update(content).digest("hex"), size: content.length };
  }
  const target = String(request.headers["x-amz-target"]);
  if (target.endsWith("GetPipeline")) {
    return { pipeline: { stages: [{ name: "UnitTest" }, { name: "SelfUpdate" }] } };
  }
  if (target.endsWith("ListActionExecutions")) {
    const output = { outputVariables: { API_URL: url } };
    return { actionExecutionDetails: [{ actionName: "DeployOnProd", output }] };
  }
  return {};
}

void main().then(() => process.exit());

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiCall } from "../../src/aws/api-call";
import { answer, toWire } from "../../src/aws/aws-json";
import { AwsError } from "../../src/aws/aws-error";
import type { ServiceModel } from "../../src/aws/model/service-model";
import type { Operations } from "../../src/aws/operation";
import { Authorization } from "../../src/aws/authorization";
import { SessionLog } from "../../src/session-log";
import { call, serve } from "../../../__tests__/support/http";
import { UNUSED_AWS, ROOT } from "./support/pipelines";

const operations: Operations = {
  Break: () => {
    throw new TypeError("a bug");
  },
  Refuse: () => Promise.reject(new AwsError("StageNotFoundException", "no such stage", 400)),
  Work: () => ({ created: new Date(1500) }),
  Unguarded: () => ({ done: true }),
};
const permissions = {
  Break: () => ({ resources: ["*"] }),
  Refuse: () => ({ resources: ["*"] }),
  Work: () => ({ resources: ["*"] }),
};
const model: ServiceModel = {
  metadata: { jsonVersion: "1.0" },
  operations: { Work: { input: { shape: "WorkInput" } } },
  shapes: {
    WorkInput: { type: "structure", members: { name: { shape: "Name" } } },
    Name: { type: "string", max: 3 },
  },
};
const service = { name: "Test", prefix: "codebuild" as const, model, operations, permissions };

it("answers a bug in an operation with a 500, logs its details, and keeps the connection", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-json-"));
  const log = new SessionLog(folder);
  // The emulator's authorization has its own tests; here every caller is root.
  const emulator = await serve((_, response) => response.end(JSON.stringify({ caller: ROOT })));
  const authorization = new Authorization({
    ...UNUSED_AWS,
    emulator: emulator.url,
  });
  const calls: ApiCall[] = [];
  const { url, server } = await serve((request, response) => {
    void answer({ authorization, log, onCall: (one) => calls.push(one) }, service, request, response);
  });
  const run = (operation: string) =>
    call(url, { method: "POST", headers: { "X-Amz-Target": `Test_1.${operation}` } }, "{}");
  const broken = await run("Break");
  expect(broken.status).toBe(500);
  expect(JSON.parse(broken.body)).toMatchObject({ __type: "InternalFailure" });
  expect(broken.body).not.toContain("a bug");
  expect(broken.body).toContain(log.file);
  expect(readFileSync(log.file, "utf8")).toMatch(/Test_1\.Break failed: TypeError: a bug\n {4}at /);
  rmSync(folder, { recursive: true });

  const refused = await run("Refuse");
  expect(refused.status).toBe(400);
  expect(JSON.parse(refused.body)).toEqual({ __type: "StageNotFoundException", message: "no such stage" });
  const worked = await run("Work");
  expect(JSON.parse(worked.body)).toEqual({ created: 1.5 });
  expect(worked.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(calls).toMatchObject([
    { service: "codebuild", operation: "Break", caller: ROOT, errorCode: "InternalFailure" },
    { operation: "Refuse", errorCode: "StageNotFoundException" },
    { operation: "Work", input: {} },
  ]);
  expect(calls[2]).not.toHaveProperty("errorCode");

  // An operation without declared permissions can't be called, not even by the root user.
  const unguarded = await run("Unguarded");
  expect(JSON.parse(unguarded.body)).toMatchObject({ __type: "UnknownOperationException" });

  emulator.server.close();
  emulator.server.closeAllConnections();
  server.close();
  server.closeAllConnections();
});

it("converts timestamps to seconds at any depth, and nothing else", () => {
  const value = { at: new Date(2000), list: [{ at: new Date(0) }], text: "x", none: null, flag: false };
  expect(toWire(value)).toEqual({ at: 2, list: [{ at: 0 }], text: "x", none: null, flag: false });
});

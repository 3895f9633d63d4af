import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualApproval } from "../../../src/aws/codepipeline/actions/manual-approval";
import { Approvals } from "../../../src/aws/codepipeline/approvals";
import { CodePipeline } from "../../../src/aws/codepipeline/codepipeline";
import { declaration, UNUSED_AWS, ROOT, ScriptedProvider, settled, stage } from "../support/pipelines";

const DAY = 24 * 60 * 60 * 1000;

/** A pipeline whose first execution waits for a reviewer. */
async function waiting(timeoutInMinutes?: number, subject = "Fix the door", aws = UNUSED_AWS, more = {}) {
  const approvals = new Approvals();
  const provider = new ScriptedProvider();
  const codepipeline = new CodePipeline(UNUSED_AWS, {
    providers: { "ThirdParty/GitHub": provider, "AWS/Manual": new ManualApproval(aws, approvals) },
    approvals,
    report: () => undefined,
  });
  const actionTypeId = { category: "Approval", owner: "AWS", provider: "Manual", version: "1" } as const;
  const configuration = { CustomData: "Deploy #{Source1.Subject}", ...more };
  const approval = stage("Approval", { name: "Approve", actionTypeId, timeoutInMinutes, configuration });
  const pipeline = codepipeline.create(declaration([approval]), [], ROOT);
  await settled();
  await provider.last("Source1").succeed({ variables: { Subject: subject } });
  const run = pipeline.stage("Approval")!.actions.get("Approve")!;
  return { approvals, run, token: run.token! };
}

afterEach(() => jest.useRealTimers());

it.each([
  ["after seven days", undefined, 7 * DAY],
  ["after the time the action gives", 60, DAY / 24],
])("fails %s without a decision, and invalidates its token", async (_, timeout, silence) => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
  const { approvals, run, token } = await waiting(timeout);
  await jest.advanceTimersByTimeAsync(silence - 1000);
  expect(run.status).toBe("InProgress");
  await jest.advanceTimersByTimeAsync(2000);
  await settled();
  expect(run).toMatchObject({
    status: "Failed",
    error: { message: "The approval timed out." },
  });
  expect(approvals.decide(token, { status: "Approved", summary: "late" })).toBe(false);
});

it("keeps waiting when only the clock is changed by days", async () => {
  const { approvals, run, token } = await waiting();
  jest.useFakeTimers({
    now: Date.now() + 30 * DAY,
    doNotFake: ["setImmediate", "nextTick", "queueMicrotask", "setTimeout", "clearTimeout"],
  });
  await new Promise((done) => setTimeout(done, 50));
  expect(run.status).toBe("InProgress");
  approvals.decide(token, { status: "Approved", summary: "fine" });
  await settled();
  expect(run).toMatchObject({ status: "Succeeded", summary: "fine" });
});

it("can be approved as soon as it has started, before the notification is published", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const emulator = `http://127.0.0.1:${port}`;
  const NotificationArn = "arn:aws:sns:eu-west-1:111122223333:hw-approvals";
  const { token } = await waiting(
    undefined,
    "Fix the door",
    { ...UNUSED_AWS, emulator },
    { NotificationArn },
  );
  silent.close();
  silent.closeAllConnections();
  expect(token).toEqual(expect.any(String));
});

it("requests no decision with a text that is too long after variables are resolved", async () => {
  const { approvals, run, token } = await waiting(undefined, "x".repeat(1000 - "Deploy ".length));
  expect(run).toMatchObject({ status: "InProgress" });
  approvals.decide(token, { status: "Rejected", summary: "no" });
  const { run: tooLong } = await waiting(undefined, "x".repeat(1001 - "Deploy ".length));
  expect(tooLong.token).toBeUndefined();
  expect(tooLong).toMatchObject({
    status: "Failed",
    error: {
      code: "ConfigurationError",
      message: expect.stringMatching(/CustomData.* 1001 characters/) as string,
    },
  });
});

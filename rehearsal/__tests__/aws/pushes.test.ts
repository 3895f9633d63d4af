import {
  CreatePipelineCommand,
  DeletePipelineCommand,
  UpdatePipelineCommand,
} from "@aws-sdk/client-codepipeline";
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WebhookChange } from "../../src/aws/state-change";
import { createRole } from "../ministack/fixture";
import { eventually } from "../support/eventually";
import { buildStage, SmallAws } from "../support/small-aws";
import { call } from "../../../__tests__/support/http";

jest.setTimeout(90_000);

let small: SmallAws;
let deliveries: WebhookChange[];

beforeAll(async () => {
  small = await SmallAws.start();
  small.aws.events.on("change", (change) => {
    if (change.kind === "webhook") deliveries.push(change);
  });
  // Its builds wait for the file.
  await small.project("Gate", `while ! test -e '${gate()}'; do sleep 0.02; done`);
});
beforeEach(() => {
  deliveries = [];
  rmSync(gate(), { force: true });
});
afterEach(() => small.codepipeline.send(new DeletePipelineCommand({ name: "delivery" })));
afterAll(() => small.stop());

const gate = () => join(small.folder, "open");
const open = () => writeFileSync(gate(), "");

async function created(): Promise<void> {
  const pipeline = small.pipeline("delivery", buildStage("Gate"));
  await small.codepipeline.send(new CreatePipelineCommand({ pipeline }));
}

const pipeline = () => small.aws.codepipeline.get("delivery");
const byPush = () => pipeline().executions.filter(({ trigger }) => trigger.triggerType === "Webhook");
const outcomes = () => deliveries.map(({ outcome }) => outcome);

async function push(message: string): Promise<string> {
  const commit = await small.github.commit("greeting.txt", message, message);
  await small.github.git("push", "--quiet", "origin", "main");
  return commit;
}

it("supersedes all but the last push during an execution", async () => {
  await created();
  await eventually("an execution is in Gate", () => pipeline().stage("Gate")!.current);
  const first = pipeline().executions[0]!;
  await small.hook("delivery");
  // Two within a second, and one after they wait for Gate.
  await push("one");
  await push("two");
  const waiting = () => pipeline().stage("Gate")!.waiting;
  await eventually("one of two executions waits", () => byPush().length === 2 && waiting().length === 1);
  const last = await push("three");
  await eventually("the third execution has its source", () => byPush()[2]?.sourceRevisions.length === 1);
  await eventually("the third execution waits", () => waiting()[0] === byPush()[2]);
  expect(first.status).toBe("InProgress");
  expect(byPush().map(({ status }) => status)).toEqual(["Superseded", "Superseded", "InProgress"]);
  open();
  expect(await small.end(byPush()[2]!.id)).toBe("Succeeded");
  expect(first.status).toBe("Succeeded");
  expect(byPush()[2]!.sourceRevisions[0]!.revisionId).toBe(last);
  // The ping, and each push once.
  expect(outcomes()).toEqual(["ignored", "started", "started", "started"]);
});

it("starts the pipeline only for a signed push", async () => {
  open();
  await created();
  const send = await small.webhook("delivery");
  const [webhook] = small.aws.codepipeline.webhooks();
  const url = webhook!.url;
  const push = (ref: string, more: object = {}) => JSON.stringify({ ref, ...more });
  const main = push("refs/heads/main");
  const large = `{"ref":"refs/heads/main","x":"${"x".repeat(25 * 1024 * 1024)}"}`;
  const unsigned = (body: string) => call(url, { method: "POST" }, body);
  // Without a length, the limit is exceeded only while the body is read.
  const chunked = { method: "POST", headers: { "Transfer-Encoding": "chunked" } };

  expect((await unsigned(main)).status).toBe(403);
  const forged = { method: "POST", headers: { "X-Hub-Signature-256": `sha256=${"0".repeat(64)}` } };
  expect((await call(url, forged, main)).status).toBe(403);
  expect((await send('{"ref":')).status).toBe(400);
  expect((await send("7")).status).toBe(400);
  expect((await send(push("refs/heads/other"))).status).toBe(200);
  expect((await send(JSON.stringify({ action: "created", issue: {} }))).status).toBe(200);
  expect((await send("[]")).status).toBe(200);
  expect((await call(url, chunked, large).catch(() => ({ status: 413 }))).status).toBe(413);
  expect(outcomes()).toEqual([
    ...Array<string>(4).fill("refused"),
    ...Array<string>(3).fill("ignored"),
    "refused",
  ]);
  expect(deliveries.every(({ reason }) => reason.length > 10)).toBe(true);
  expect(byPush()).toEqual([]);

  expect((await send(main)).status).toBe(200);
  for (let count = 0; count < 3; count++) expect((await send(main)).status).toBe(200);
  expect(outcomes().slice(8)).toEqual(["started", "duplicate", "duplicate", "duplicate"]);
  expect(byPush()).toHaveLength(1);
  expect(await small.end(byPush()[0]!.id)).toBe("Succeeded");
});

it("fails at the source of a pipeline whose role was deleted, until it has a role again", async () => {
  const { emulator, codepipeline } = small;
  await createRole(emulator, "short-lived", [{ Effect: "Allow", Action: "s3:*", Resource: "*" }], {
    Service: "codepipeline.amazonaws.com",
  });
  open();
  await created();
  const roleArn = pipeline().declaration.roleArn!;
  const withRole = (arn: string) => ({ ...small.pipeline("delivery", buildStage("Gate")), roleArn: arn });
  await codepipeline.send(
    new UpdatePipelineCommand({ pipeline: withRole(roleArn.replace(/[^/]+$/, "short-lived")) }),
  );
  const iam = new IAMClient(emulator.client());
  await iam.send(new DeleteRolePolicyCommand({ RoleName: "short-lived", PolicyName: "rights" }));
  await iam.send(new DeleteRoleCommand({ RoleName: "short-lived" }));
  iam.destroy();

  const send = await small.webhook("delivery");
  await send(JSON.stringify({ ref: "refs/heads/main", after: "1" }));
  expect(await small.end(byPush()[0]!.id)).toBe("Failed");
  expect(pipeline().stage("Source")!.actions.get("Source1")!.error).toMatchObject({
    code: "PermissionError",
    message: expect.stringMatching(
      /not authorized to perform AssumeRole on role .*role\/short-lived/,
    ) as string,
  });

  await codepipeline.send(new UpdatePipelineCommand({ pipeline: withRole(roleArn) }));
  await send(JSON.stringify({ ref: "refs/heads/main", after: "2" }));
  expect(await small.end(byPush()[1]!.id)).toBe("Succeeded");
});

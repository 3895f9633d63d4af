import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CodePipelineClient,
  CreatePipelineCommand,
  DeletePipelineCommand,
  DeleteWebhookCommand,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionTypesCommand,
  ListPipelineExecutionsCommand,
  ListPipelinesCommand,
  ListTagsForResourceCommand,
  ListWebhooksCommand,
  PutApprovalResultCommand,
  PutWebhookCommand,
  StopPipelineExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePipelineCommand,
} from "@aws-sdk/client-codepipeline";
import { startAws, type AwsServer } from "../../src/aws/server";
import type { StateChange } from "../../src/aws/state-change";
import { eventually } from "../support/eventually";
import { call, serve } from "../../../__tests__/support/http";
import { build, declared, UNUSED_AWS, ROOT, stage } from "./support/pipelines";

const SECRET = "hook-secret";

let folder: string;
let emulator: Awaited<ReturnType<typeof serve>>;
let aws: AwsServer;
let client: CodePipelineClient;
let changes: StateChange[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-"));
  emulator = await serve((request, response) => {
    request.resume();
    // Every caller is root. Authorization has its own tests.
    if (request.url?.endsWith("/authorization")) response.end(JSON.stringify({ caller: ROOT }));
    else response.end(`emulator: ${request.url}`);
  });
  aws = await startAws({
    ...UNUSED_AWS,
    emulator: emulator.url,
    folder,
    machine: process.env,
    // Nothing listens there, so that sources fail.
    github: { gitUrl: (owner, repository) => `http://127.0.0.1:1/${owner}/${repository}.git` },
  });
  changes = [];
  aws.events.on("change", (change) => changes.push(change));
  client = new CodePipelineClient({
    region: UNUSED_AWS.region,
    endpoint: aws.context.endpoint,
    credentials: UNUSED_AWS.root,
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  await aws.stop();
  emulator.server.close();
  emulator.server.closeAllConnections();
  await rm(folder, { recursive: true });
});

const pipeline = declared([stage("Test", build("UnitTest"))]);
const created = () =>
  client.send(new CreatePipelineCommand({ pipeline, tags: [{ key: "project", value: "heavy" }] }));

describe("an operation", () => {
  it("returns a pipeline as sent, with its version and ARN, and with a masked token", async () => {
    await created();
    const { pipeline: got, metadata } = await client.send(new GetPipelineCommand({ name: "delivery" }));
    expect(got).toMatchObject({
      name: "delivery",
      version: 1,
      pipelineType: "V2",
      roleArn: pipeline.roleArn,
    });
    expect(got!.stages![0]!.actions![0]).toMatchObject({
      runOrder: 1,
      configuration: { OAuthToken: "****" },
    });
    expect(metadata?.pipelineArn).toBe("arn:aws:codepipeline:eu-west-1:123456789012:delivery");
    // A timestamp in milliseconds instead of seconds would be in the far future.
    expect(metadata!.created!.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it("updates, lists, tags and deletes", async () => {
    await created();
    const updated = declared([stage("Other", build("UnitTest"))]);
    const answer = await client.send(new UpdatePipelineCommand({ pipeline: updated }));
    expect(answer.pipeline).toMatchObject({ version: 2, stages: [{ name: "Source" }, { name: "Other" }] });
    const { pipelines } = await client.send(new ListPipelinesCommand({}));
    expect(pipelines).toMatchObject([{ name: "delivery", version: 2, pipelineType: "V2" }]);

    const resourceArn = "arn:aws:codepipeline:eu-west-1:123456789012:delivery";
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: "team", value: "x" }] }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["project"] }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: "team", value: "x" }]);

    await client.send(new DeletePipelineCommand({ name: "delivery" }));
    await expect(client.send(new GetPipelineCommand({ name: "delivery" }))).rejects.toMatchObject({
      name: "PipelineNotFoundException",
      $metadata: { httpStatusCode: 400 },
    });
    // A second deletion succeeds.
    await client.send(new DeletePipelineCommand({ name: "delivery" }));
  });

  it("shows executions from first to last, and why one failed", async () => {
    await created();
    const hasFailed = () =>
      changes.some((change) => change.kind === "execution" && change.status === "Failed");
    await eventually("the execution fails", hasFailed);
    const pipelineName = "delivery";
    const { pipelineExecutionSummaries } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName }),
    );
    expect(pipelineExecutionSummaries).toMatchObject([
      { status: "Failed", trigger: { triggerType: "CreatePipeline" } },
    ]);
    const { pipelineExecutionId } = pipelineExecutionSummaries![0]!;
    const { pipelineExecution } = await client.send(
      new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
    );
    expect(pipelineExecution).toMatchObject({ status: "Failed", pipelineVersion: 1 });
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    const error = stageStates![0]!.actionStates![0]!.latestExecution!.errorDetails!;
    expect(error.message).toContain("octo/app");
    expect(JSON.stringify(changes)).not.toContain("t0ken");
    await expect(
      client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId })),
    ).rejects.toMatchObject({ name: "PipelineExecutionNotStoppableException" });
  });

  it("fails with CodePipeline's error codes", async () => {
    await created();
    await expect(created()).rejects.toMatchObject({ name: "PipelineNameInUseException" });
    const bad = { ...pipeline, name: "a/b" };
    await expect(client.send(new CreatePipelineCommand({ pipeline: bad }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    const approval = {
      actionName: "UnitTest",
      result: { summary: "", status: "Approved" },
      token: "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d",
    } as const;
    await expect(
      client.send(new PutApprovalResultCommand({ pipelineName: "delivery", stageName: "Test", ...approval })),
    ).rejects.toMatchObject({ name: "ActionNotFoundException" });
    await expect(
      client.send(new PutApprovalResultCommand({ pipelineName: "delivery", stageName: "No", ...approval })),
    ).rejects.toMatchObject({ name: "StageNotFoundException" });
  });

  it("that is not emulated fails with its name", async () => {
    await expect(client.send(new ListActionTypesCommand({}))).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: expect.stringContaining("CodePipeline.ListActionTypes") as string,
    });
  });
});

describe("the endpoint", () => {
  const post = (target: string, body: string) =>
    call(aws.context.endpoint, { method: "POST", headers: { "X-Amz-Target": target } }, body);

  it.each(["{", "[]", "null", '"x"'])("answers %s with a SerializationException", async (body) => {
    const answer = await post("CodePipeline_20150709.ListPipelines", body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: "SerializationException" });
    expect(answer.headers["x-amzn-errortype"]).toBe("SerializationException");
  });

  it("rejects a body of more than a megabyte", async () => {
    expect((await post("CodePipeline_20150709.ListPipelines", " ".repeat(1024 * 1024 + 1))).status).toBe(413);
  });

  it.each([
    "CodePipeline_20150709.constructor",
    "CodeBuild_20161006.Nonsense",
    "CodeStar_connections_20191201.CreateHost",
    "com.amazonaws.codeconnections.CodeConnections_20231201.CreateSyncConfiguration",
  ])("rejects %s by its name", async (target) => {
    const answer = await post(target, "{}");
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("UnknownOperationException");
    expect(answer.body).toContain(target.split(".").at(-1));
  });

  it("forwards everything else to the emulator", async () => {
    expect((await call(`${aws.context.endpoint}/bucket/key?acl`)).body).toBe("emulator: /bucket/key?acl");
    expect((await post("AmazonSSM.GetParameter", "{}")).body).toBe("emulator: /");
  });
});

describe("a webhook", () => {
  const webhook = {
    name: "push",
    targetPipeline: "delivery",
    targetAction: "Source1",
    filters: [{ jsonPath: "$.ref", matchEquals: "refs/heads/{Branch}" }],
    authentication: "GITHUB_HMAC" as const,
    authenticationConfiguration: { SecretToken: SECRET },
  };
  let url: string;

  beforeEach(async () => {
    await created();
    const answer = await client.send(new PutWebhookCommand({ webhook }));
    url = answer.webhook!.url!;
  });

  const sign = (body: string, secret = SECRET, algorithm = "sha256") =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;
  const deliver = (body: string, headers: Record<string, string>, to = url) =>
    call(to, { method: "POST", headers }, body);
  const push = (ref: string, id = "1") => JSON.stringify({ ref, after: id });
  const webhookExecutions = () =>
    aws.codepipeline.get("delivery").executions.filter(({ trigger }) => trigger.triggerType === "Webhook");

  it("is returned with its secret, and can be deleted", async () => {
    const { webhooks } = await client.send(new ListWebhooksCommand({}));
    expect(webhooks).toMatchObject([
      { arn: "arn:aws:codepipeline:eu-west-1:123456789012:webhook:push", definition: webhook, url },
    ]);
    await client.send(new DeleteWebhookCommand({ name: "push" }));
    expect((await client.send(new ListWebhooksCommand({}))).webhooks).toEqual([]);
    expect((await deliver(push("refs/heads/main"), {})).status).toBe(404);
  });

  it("starts its pipeline for a signed push to its branch, once", async () => {
    const body = push("refs/heads/main");
    const headers = { "X-Hub-Signature-256": sign(body), "X-GitHub-Delivery": "d1" };
    expect((await deliver(body, headers)).status).toBe(200);
    expect(webhookExecutions()).toHaveLength(1);
    await deliver(body, headers);
    // The signature does not cover the delivery's ID.
    await deliver(body, { ...headers, "X-GitHub-Delivery": "d2" });
    expect(webhookExecutions()).toHaveLength(1);
    const next = push("refs/heads/main", "2");
    await deliver(next, { "X-Hub-Signature-256": sign(next), "X-GitHub-Delivery": "d3" });
    expect(webhookExecutions()).toHaveLength(2);
    const outcomes = changes.flatMap((change) => (change.kind === "webhook" ? [change.outcome] : []));
    expect(outcomes).toEqual(["started", "duplicate", "duplicate", "started"]);
  });

  it("accepts the older signature only without the newer one", async () => {
    const body = push("refs/heads/main");
    const sha1 = sign(body, SECRET, "sha1");
    const both = { "X-Hub-Signature": sha1, "X-Hub-Signature-256": sign(body, "wrong") };
    expect((await deliver(body, both)).status).toBe(403);
    expect((await deliver(body, { "X-Hub-Signature": sha1 })).status).toBe(200);
    expect(webhookExecutions()).toHaveLength(1);
  });

  it.each<[string, (body: string) => Record<string, string>]>([
    ["no signature", () => ({})],
    ["an empty signature", () => ({ "X-Hub-Signature-256": "" })],
    ["another secret", (body) => ({ "X-Hub-Signature-256": sign(body, "other") })],
    ["the signature of another body", (body) => ({ "X-Hub-Signature-256": sign(`${body} `) })],
  ])("rejects %s", async (_, headers) => {
    const body = push("refs/heads/main");
    expect((await deliver(body, headers(body))).status).toBe(403);
    expect(webhookExecutions()).toHaveLength(0);
  });

  it.each(["refs/heads/other", "refs/heads/main2", "refs/tags/main", "main"])(
    "ignores a push to %s",
    async (ref) => {
      const body = push(ref);
      const answer = await deliver(body, { "X-Hub-Signature-256": sign(body) });
      expect(answer.status).toBe(200);
      expect(answer.body).toContain("$.ref is not refs/heads/main");
      expect(webhookExecutions()).toHaveLength(0);
    },
  );

  it.each<[string, string]>([
    ["an object that JavaScript cannot convert", '{"toString":1}'],
    ["a list of such objects", '[{"toString":1}]'],
    ["a list with the branch", '["refs/heads/main"]'],
    ["a list of 100,000 levels", "[".repeat(100_000) + "]".repeat(100_000)],
    ["null", "null"],
    ["a number", "1"],
    ["a boolean", "true"],
  ])("ignores a push whose ref is %s, and the next one starts its pipeline", async (_, ref) => {
    const body = `{"ref":${ref}}`;
    const answer = await deliver(body, { "X-Hub-Signature-256": sign(body) });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("$.ref is not refs/heads/main");
    expect(webhookExecutions()).toHaveLength(0);
    const next = push("refs/heads/main");
    await deliver(next, { "X-Hub-Signature-256": sign(next) });
    expect(webhookExecutions()).toHaveLength(1);
  });

  it("ignores a payload without the member, such as a ping", async () => {
    const body = JSON.stringify({ zen: "Keep it logically awesome." });
    expect((await deliver(body, { "X-Hub-Signature-256": sign(body) })).status).toBe(200);
    expect(webhookExecutions()).toHaveLength(0);
  });

  it("rejects a signed body that is not JSON", async () => {
    const body = "payload=%7B%7D";
    expect((await deliver(body, { "X-Hub-Signature-256": sign(body) })).status).toBe(400);
  });

  it("rejects more than 25 MB", async () => {
    const headers = { "Content-Length": String(25 * 1024 * 1024 + 1) };
    const { hostname, port, pathname, search } = new URL(url);
    const options = { hostname, port, path: pathname + search, method: "POST", headers };
    expect((await call(url, options, "")).status).toBe(413);
  });

  it("has a URL that cannot be guessed", async () => {
    expect((await deliver(push("refs/heads/main"), {}, `${url}x`)).status).toBe(404);
    expect(new URL(url).searchParams.get("t")!.length).toBeGreaterThanOrEqual(43);
  });

  it.each([
    [
      "a script in a filter",
      { filters: [{ jsonPath: "$[?(@.ref)]" }] },
      "InvalidWebhookFilterPatternException",
    ],
    ["six filters", { filters: Array(6).fill({ jsonPath: "$.ref" }) }, "ValidationException"],
    ["no secret", { authenticationConfiguration: {} }, "InvalidWebhookAuthenticationParametersException"],
    ["an unknown pipeline", { targetPipeline: "no" }, "PipelineNotFoundException"],
    ["an action that is not a source", { targetAction: "UnitTest" }, "ValidationException"],
  ])("with %s is rejected", async (_, overrides, name) => {
    const command = new PutWebhookCommand({ webhook: { ...webhook, name: "bad", ...overrides } });
    await expect(client.send(command)).rejects.toMatchObject({ name });
  });
});

import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CodePipelineClient,
  StartPipelineExecutionCommand,
  type PipelineTriggerDeclaration,
} from "@aws-sdk/client-codepipeline";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readDeclaration } from "../../../src/aws/codepipeline/declaration";
import type { Execution } from "../../../src/aws/codepipeline/execution";
import type { Pipeline } from "../../../src/aws/codepipeline/pipeline";
import { startAws, type AwsServer } from "../../../src/aws/server";
import type { WebhookChange } from "../../../src/aws/state-change";
import { rootCredentials } from "../../../src/ministack/emulator";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "../../ministack/fixture";
import { Fixture, TOKEN, type PushPayload } from "../../github/fixture";
import { eventually } from "../../support/eventually";
import { declared, ROOT, source } from "../support/pipelines";

jest.setTimeout(90_000);

let emulator: TestEmulator;
let github: Fixture;
let aws: AwsServer;
let folder: string;
const hooks: WebhookChange[] = [];
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "connection-"));
  [emulator, github] = await Promise.all([testEmulator(), Fixture.start()]);
  aws = await startAws({
    region: REGION,
    account: ACCOUNT,
    emulator: emulator.url,
    emulatorLog: emulator.logFile,
    root: rootCredentials(ACCOUNT),
    folder,
    machine: {},
    github: {
      gitUrl: (owner, repository) => `${github.gitHub.url}/${owner}/${repository}.git`,
      appToken: TOKEN,
      installApp: (app) => github.gitHub.installApp(app),
    },
  });
  aws.events.on("change", (change) => change.kind === "webhook" && hooks.push(change));
  await new S3Client({ ...client(), forcePathStyle: true }).send(
    new CreateBucketCommand({ Bucket: "artifacts" }),
  );
  await role("user", ["s3:PutObject", "codeconnections:UseConnection"]);
  await role("old-user", ["s3:PutObject", "codestar-connections:UseConnection"]);
  await role("stranger", ["s3:PutObject"]);
  await github.commit("greeting.txt", "hello", "Say hello");
  await github.git("push", "--quiet", "origin", "main");
  // Accepting a connection installs the app.
  accepted();
});

afterAll(async () => {
  await aws.stop();
  await Promise.all([emulator.remove(), github.stop()]);
  await rm(folder, { recursive: true });
});

const client = () => ({
  region: REGION,
  endpoint: aws.context.endpoint,
  credentials: rootCredentials(ACCOUNT),
});

async function role(name: string, actions: string[]): Promise<void> {
  const iam = new IAMClient(client());
  const Principal = { Service: "codepipeline.amazonaws.com" };
  const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const AssumeRolePolicyDocument = document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  const PolicyDocument = document({ Effect: "Allow", Action: actions, Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument }));
}

const connect = () => aws.connections.create("codeconnections", "github", "GitHub", []).ConnectionArn;

function accepted(): string {
  return aws.connections.accept(connect()).ConnectionArn;
}

/** Creates a pipeline of a connection, an approval after it. */
function create(
  ConnectionArn: string,
  settings: Record<string, string> = {},
  roleName = "user",
  triggers?: PipelineTriggerDeclaration[],
): Pipeline {
  const configuration = {
    ConnectionArn,
    FullRepositoryId: "acme/api",
    BranchName: "main",
    DetectChanges: "true",
    ...settings,
  };
  const connection = source({
    configuration,
    actionTypeId: { category: "Source", owner: "AWS", provider: "CodeStarSourceConnection", version: "1" },
  });
  const approve = {
    name: "Approve",
    actionTypeId: { category: "Approval", owner: "AWS", provider: "Manual", version: "1" } as const,
  };
  const pipeline = declared([{ name: "Approve", actions: [approve] }], {
    name: `connected-${++count}`,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${roleName}`,
    triggers,
  });
  pipeline.stages![0]!.actions = [connection];
  return aws.codepipeline.create(readDeclaration({ pipeline }), [], ROOT);
}

/** Waits until the source of an execution has ended, and returns its run. */
function sourceOf(execution: Execution) {
  return eventually("the source ends", () => {
    const run = execution.latest("Source", "Source1");
    return run?.status !== "InProgress" && run;
  });
}

const first = (pipeline: Pipeline) => sourceOf(pipeline.executions[0]!);

async function push(file: string, branch = "main"): Promise<string> {
  const commit = await github.commit(file, file, `Change ${file}`);
  const known = hooks.length;
  await github.git("push", "--quiet", "origin", `HEAD:${branch}`);
  await eventually("GitHub delivers the push", () => hooks.length > known);
  return commit;
}

describe("a source with a connection", () => {
  it.each(["user", "old-user"])("stores the branch in the bucket with the role %s", async (roleName) => {
    const commit = await github.git("rev-parse", "origin/main");
    const ConnectionArn = accepted();
    const pipeline = create(ConnectionArn, {}, roleName);
    const run = await first(pipeline);
    expect(run).toMatchObject({
      status: "Succeeded",
      outputVariables: {
        CommitId: commit,
        BranchName: "main",
        FullRepositoryName: "acme/api",
        ConnectionArn,
      },
    });
    expect(run.outputVariables!.CommitMessage).not.toBe("");
    expect(Date.parse(run.outputVariables!.AuthorDate!)).toBeGreaterThan(0);
    const { bucket, key } = run.outputs[0]!;
    const s3 = new S3Client({ ...client(), forcePathStyle: true });
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    expect(ContentLength).toBeGreaterThan(0);
    aws.codepipeline.delete(pipeline.name);
  });

  it.each<[string, () => Pipeline, string, RegExp]>([
    [
      "a pending connection",
      () => create(connect()),
      "ConfigurationError",
      /is not available: it is PENDING/,
    ],
    [
      "a deleted connection",
      () => create("arn:aws:codeconnections:eu-west-1:1:connection/x"),
      "ConfigurationError",
      /is not available: it does not exist/,
    ],
    [
      "a role that is not allowed to use it",
      () => create(accepted(), {}, "stranger"),
      "PermissionError",
      /Unable to use Connection: .* sufficient permissions/,
    ],
    [
      "a missing branch",
      () => create(accepted(), { BranchName: "none" }),
      "ConfigurationError",
      /^\[GitHub\] No Branch \[none\] found for FullRepositoryName \[acme\/api\]$/,
    ],
    [
      "a missing repository",
      () => create(accepted(), { FullRepositoryId: "acme/none" }),
      "PermissionError",
      /Could not access .*acme\/none/,
    ],
  ])("fails with %s", async (_, creating, code, message) => {
    const pipeline = creating();
    const { status, error } = await first(pipeline);
    expect(status).toBe("Failed");
    expect(error).toEqual({ code, message: expect.stringMatching(message) as string });
    aws.codepipeline.delete(pipeline.name);
  });

  it("fetches the commit that the execution is started with", async () => {
    const commit = await push("older");
    const newer = await push("newer");
    const pipeline = create(accepted());
    expect((await first(pipeline)).outputVariables!.CommitId).toBe(newer);
    const codepipeline = new CodePipelineClient(client());
    const sourceRevisions = [
      { actionName: "Source1", revisionType: "COMMIT_ID" as const, revisionValue: commit },
    ];
    const { pipelineExecutionId } = await codepipeline.send(
      new StartPipelineExecutionCommand({ name: pipeline.name, sourceRevisions }),
    );
    const run = await sourceOf(pipeline.execution(pipelineExecutionId!)!);
    expect(run.outputVariables).toMatchObject({ CommitId: commit, CommitMessage: "Change older" });
    aws.codepipeline.delete(pipeline.name);
  });

  it("is rejected if the rehearsal does not emulate its format", () => {
    expect(() => create(accepted(), { OutputArtifactFormat: "CODEBUILD_CLONE_REF" })).toThrow(
      "Action Source1: OutputArtifactFormat CODEBUILD_CLONE_REF is not emulated by the rehearsal",
    );
  });
});

describe("a push", () => {
  it("starts the pipelines that follow its branch with an available connection", async () => {
    const ConnectionArn = accepted();
    const following = create(ConnectionArn);
    const others = [
      create(ConnectionArn, { DetectChanges: "false" }),
      create(ConnectionArn, { BranchName: "other" }),
      create(connect()),
    ];
    await Promise.all([following, ...others].map(first));
    const commit = await push("pushed");
    await eventually("the pipeline starts", () => following.executions.length === 2);
    const execution = following.executions[1]!;
    expect(execution.trigger).toEqual({ triggerType: "WebhookV2", triggerDetail: ConnectionArn });
    expect((await sourceOf(execution)).outputVariables!.CommitId).toBe(commit);
    expect(hooks.at(-1)).toMatchObject({ outcome: "started", executionId: execution.id });
    expect(others.map(({ executions }) => executions.length)).toEqual([1, 1, 1]);
    for (const { name } of [following, ...others]) aws.codepipeline.delete(name);
  });

  it("starts nothing if no pipeline follows its branch, or if it deletes the branch", async () => {
    const pipeline = create(accepted(), { BranchName: "short" });
    await push("short", "elsewhere");
    expect(hooks.at(-1)).toMatchObject({ outcome: "ignored", executionId: undefined });
    await push("short-lived", "short");
    await eventually("the pipeline starts", () => pipeline.executions.length === 2);
    const known = hooks.length;
    await github.git("push", "--quiet", "origin", ":short");
    await eventually("GitHub delivers the push", () => hooks.length > known);
    expect(hooks.at(-1)).toMatchObject({ outcome: "ignored" });
    expect(pipeline.executions).toHaveLength(2);
    aws.codepipeline.delete(pipeline.name);
  });

  it("starts nothing more if it is delivered twice or not signed by GitHub", async () => {
    const pipeline = create(accepted());
    await first(pipeline);
    const commit = await push("signed");
    const delivered = () =>
      github
        .deliveries("push")
        .find(({ request }) => (request.payload as unknown as PushPayload).after === commit);
    await eventually("the push is delivered", delivered);
    expect(pipeline.executions).toHaveLength(2);
    const body = JSON.stringify(delivered()!.request.payload);
    const { url, secret } = aws.githubApp;
    const post = (key: string, id: string) =>
      fetch(url, {
        method: "POST",
        headers: {
          "X-GitHub-Event": "push",
          "X-GitHub-Delivery": id,
          "X-Hub-Signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
        },
        body,
      });
    expect((await post("guessed", "1")).status).toBe(403);
    expect((await post(secret, "2")).status).toBe(200);
    expect(hooks.slice(-2).map(({ outcome }) => outcome)).toEqual(["refused", "duplicate"]);
    expect(pipeline.executions).toHaveLength(2);
    aws.codepipeline.delete(pipeline.name);
  });
});

describe("a push to a pipeline whose trigger excludes paths", () => {
  const trigger = (branch: string): PipelineTriggerDeclaration => ({
    providerType: "CodeStarSourceConnection",
    gitConfiguration: {
      sourceActionName: "Source1",
      push: [{ branches: { includes: [branch] }, filePaths: { excludes: ["docs-*", "*.md"] } }],
    },
  });
  const excluded = () => ({
    outcome: "ignored",
    executionId: undefined,
    reason: `The trigger of ${pipeline.name} excludes every file that the push changes.`,
  });
  let pipeline: Pipeline;

  beforeAll(async () => {
    await push("code.ts", "filtered");
    // The branch of the source is the one of a start by hand.
    pipeline = create(accepted(), { BranchName: "main", DetectChanges: "false" }, "user", [
      trigger("filtered"),
    ]);
    await first(pipeline);
  });
  afterAll(() => aws.codepipeline.delete(pipeline.name));

  /** Pushes HEAD. @returns the execution that it starts, if any */
  async function pushed(...options: string[]): Promise<Execution | undefined> {
    const known = hooks.length;
    await github.git("push", "--quiet", ...options, "origin", "HEAD:filtered");
    await eventually("GitHub delivers the push", () => hooks.length > known);
    const { executionId } = hooks.at(-1)!;
    return executionId === undefined ? undefined : pipeline.execution(executionId);
  }

  it("starts nothing if every commit changes excluded files alone", async () => {
    await github.commit("README.md", "1", "Write a document");
    await github.commit("docs-guide", "1", "Write another");
    await github.git("rm", "--quiet", "README.md");
    await github.git("commit", "--quiet", "-m", "Remove a document");
    expect(await pushed()).toBeUndefined();
    expect(hooks.at(-1)).toMatchObject(excluded());
  });

  it("starts the pipeline with its commit if it changes another file as well", async () => {
    await github.commit("code.ts", "2", "Change the code");
    const commit = await github.commit("README.md", "2", "Write the document again");
    const execution = await pushed();
    expect(execution!.trigger.triggerType).toBe("WebhookV2");
    expect((await sourceOf(execution!)).outputVariables!.CommitId).toBe(commit);
  });

  it("starts the pipeline if a document becomes code, or code a document", async () => {
    for (const [from, to] of [
      ["README.md", "readme.ts"],
      ["readme.ts", "README.md"],
    ]) {
      await github.git("mv", from!, to!);
      await github.git("commit", "--quiet", "-m", `Move ${from}`);
      expect(await pushed()).toBeDefined();
    }
  });

  it("starts the pipeline if nothing tells which files changed", async () => {
    await github.git("commit", "--quiet", "--allow-empty", "-m", "Change nothing");
    expect(await pushed()).toBeDefined();
    await github.commit("README.md", "3", "Change a document");
    await github.git("push", "--quiet", "origin", ":filtered");
    await eventually("the branch is deleted", () => /deleted/.test(hooks.at(-1)!.reason));
    expect(await pushed()).toBeDefined();
    await github.commit("README.md", "4", "Change a document");
    expect(await pushed()).toBeUndefined();
    await github.git("commit", "--quiet", "--amend", "-m", "Change a document's commit");
    expect(await pushed("--force")).toBeDefined();
  });

  it("starts nothing on another branch, even on that of the source", async () => {
    await push("other.ts", "main");
    expect(hooks.at(-1)).toMatchObject({
      outcome: "ignored",
      reason: expect.stringContaining("No pipeline") as string,
    });
  });
});

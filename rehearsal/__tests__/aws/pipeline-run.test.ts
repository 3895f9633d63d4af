import { lstat, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeBuildClient, CreateProjectCommand } from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  CreatePipelineCommand,
  DeletePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutApprovalResultCommand,
  PutWebhookCommand,
  StartPipelineExecutionCommand,
  UpdatePipelineCommand,
  type PipelineDeclaration,
} from "@aws-sdk/client-codepipeline";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { unzip } from "../../src/aws/codebuild/unzip";
import { startAws, type AwsServer } from "../../src/aws/server";
import type { ActionChange, StateChange } from "../../src/aws/state-change";
import { rootCredentials } from "../../src/ministack/emulator";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "../ministack/fixture";
import { Fixture, TOKEN } from "../github/fixture";
import { eventually } from "../support/eventually";
import { serve } from "../../../__tests__/support/http";
import { build, declared, source, stage } from "./support/pipelines";

jest.setTimeout(90_000);

const SECRET = "hook-secret";

const BUILDSPEC = `
version: 0.2
env:
  exported-variables: [GREETING]
phases:
  build:
    commands:
      - export GREETING="$(cat greeting.txt) $STAGE"
      - test "$CODEBUILD_RESOLVED_SOURCE_VERSION" = "$COMMIT"
artifacts:
  files: [greeting.txt]
`;

let emulator: TestEmulator;
let github: Fixture;
let aws: AwsServer;
let folder: string;
let codepipeline: CodePipelineClient;
let topic: string;
let receiver: Awaited<ReturnType<typeof serve>>;
const notifications: string[] = [];
const changes: StateChange[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-"));
  [emulator, github] = await Promise.all([testEmulator(), Fixture.start()]);
  aws = await startAws({
    region: REGION,
    account: ACCOUNT,
    emulator: emulator.url,
    emulatorLog: emulator.logFile,
    root: rootCredentials(ACCOUNT),
    folder,
    machine: process.env,
    github: { gitUrl: (owner, repository) => `${github.gitHub.url}/${owner}/${repository}.git` },
  });
  aws.events.on("change", (change) => changes.push(change));
  codepipeline = new CodePipelineClient(client());
  await new S3Client({ ...client(), forcePathStyle: true }).send(
    new CreateBucketCommand({ Bucket: "artifacts" }),
  );
  await role("pipeline", "codepipeline.amazonaws.com", [
    "s3:PutObject",
    "sns:Publish",
    "codebuild:StartBuild",
    "codebuild:BatchGetBuilds",
  ]);
  await role("build", "codebuild.amazonaws.com", ["s3:*", "logs:*"]);
  await role("stranger", "lambda.amazonaws.com", ["s3:*"]);
  await new CodeBuildClient(client()).send(
    new CreateProjectCommand({
      name: "UnitTest",
      serviceRole: `arn:aws:iam::${ACCOUNT}:role/build`,
      source: { type: "CODEPIPELINE", buildspec: BUILDSPEC },
      artifacts: { type: "CODEPIPELINE" },
      environment: {
        type: "LINUX_CONTAINER",
        image: "aws/codebuild/standard:7.0",
        computeType: "BUILD_GENERAL1_SMALL",
      },
    }),
  );
  topic = await topicThatNotifies();
  await github.commit("greeting.txt", "hello", "Say hello");
  await github.git("push", "--quiet", "origin", "main");
});

afterAll(async () => {
  codepipeline.destroy();
  await aws.stop();
  await Promise.all([emulator.remove(), github.stop()]);
  receiver.server.close();
  receiver.server.closeAllConnections();
  await rm(folder, { recursive: true });
});

const client = () => ({
  region: REGION,
  endpoint: aws.context.endpoint,
  credentials: rootCredentials(ACCOUNT),
});

async function role(name: string, service: string, actions: string[]): Promise<void> {
  const iam = new IAMClient(client());
  const trust = [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }];
  const permissions = [{ Effect: "Allow", Action: actions, Resource: "*" }];
  const document = (Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document(trust) }));
  await iam.send(
    new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: document(permissions) }),
  );
}

/** Creates a topic with an HTTP subscriber that confirms its subscription. */
async function topicThatNotifies(): Promise<string> {
  const sns = new SNSClient(client());
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "approvals" }));
  const confirmed = new Promise<void>((done, fail) => {
    const receive = async (text: string) => {
      const message = JSON.parse(text) as { Type: string; Message: string; Token: string };
      if (message.Type === "Notification") notifications.push(message.Message);
      else
        await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: message.Token })).then(() => done());
    };
    const listener: RequestListener = (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        response.end();
        receive(body).catch(fail);
      });
    };
    void serve(listener).then(async (served) => {
      receiver = served;
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: served.url }));
    }, fail);
  });
  await confirmed;
  sns.destroy();
  return TopicArn!;
}

const configuration = {
  Owner: "acme",
  Repo: "api",
  Branch: "main",
  OAuthToken: TOKEN,
  PollForSourceChanges: "false",
};

function pipeline(name: string, overrides: Partial<PipelineDeclaration> = {}): PipelineDeclaration {
  const environment = [
    { name: "STAGE", value: "world" },
    { name: "COMMIT", value: "#{Source1.CommitId}" },
  ];
  const approval = {
    name: "Approve",
    actionTypeId: { category: "Approval", owner: "AWS", provider: "Manual", version: "1" } as const,
    configuration: { NotificationArn: topic, CustomData: "It says #{UnitTest.GREETING}" },
  };
  return {
    ...declared([
      stage(
        "Test",
        build("UnitTest", {
          namespace: "UnitTest",
          outputArtifacts: [{ name: "built" }],
          configuration: { ProjectName: "UnitTest", EnvironmentVariables: JSON.stringify(environment) },
        }),
      ),
      stage("Approval", approval),
    ]),
    name,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/pipeline`,
    ...overrides,
  };
}

const sourceOnly = (overrides: Record<string, string>) => [
  stage("Source", source({ configuration: { ...configuration, ...overrides } })),
  stage("Test", build("UnitTest")),
];

const action = (name: string, wanted: (change: ActionChange) => boolean) => () =>
  changes.find(
    (change): change is ActionChange =>
      change.kind === "action" && change.pipeline === name && wanted(change),
  );

const ended = (name: string, status: string) => () =>
  changes.find(
    (change) => change.kind === "execution" && change.pipeline === name && change.status === status,
  );

it("runs a source, a build and an approval, and passes artifacts and variables on", async () => {
  const declaration = pipeline("delivery");
  declaration.stages![0] = stage("Source", source({ configuration }));
  await codepipeline.send(new CreatePipelineCommand({ pipeline: declaration }));
  await eventually("the approval is published", () => notifications[0]);

  const { stageStates } = await codepipeline.send(new GetPipelineStateCommand({ name: "delivery" }));
  const token = await eventually(
    "the approval has a token",
    () => aws.codepipeline.get("delivery").stage("Approval")?.actions.get("Approve")?.token,
  );
  expect(stageStates!.map((one) => one.latestExecution?.status)).toEqual([
    "Succeeded",
    "Succeeded",
    "InProgress",
  ]);
  expect(JSON.parse(notifications[0]!)).toMatchObject({
    region: REGION,
    approval: { pipelineName: "delivery", actionName: "Approve", token, customData: "It says hello world" },
  });

  const answer = { pipelineName: "delivery", stageName: "Approval", actionName: "Approve" };
  const result = { summary: "fine", status: "Approved" } as const;
  const decide = (withToken: string) =>
    codepipeline.send(new PutApprovalResultCommand({ ...answer, result, token: withToken }));
  await expect(decide("00000000-0000-0000-0000-000000000000")).rejects.toMatchObject({
    name: "InvalidApprovalTokenException",
  });
  await decide(token);
  await expect(decide(token)).rejects.toMatchObject({ name: "ApprovalAlreadyCompletedException" });
  await eventually("the execution succeeds", ended("delivery", "Succeeded"));

  const { actionExecutionDetails } = await codepipeline.send(
    new ListActionExecutionsCommand({ pipelineName: "delivery" }),
  );
  expect(actionExecutionDetails!.map(({ actionName }) => actionName)).toEqual([
    "Approve",
    "UnitTest",
    "Source1",
  ]);
  expect(actionExecutionDetails![0]!.output!.executionResult!.externalExecutionSummary).toBe("fine");
  expect(actionExecutionDetails![0]!.updatedBy).toBe(`arn:aws:iam::${ACCOUNT}:root`);
  expect(actionExecutionDetails![1]!.output!.executionResult!.externalExecutionId).toMatch(/^UnitTest:/);
  expect(actionExecutionDetails![2]!.output!.outputVariables).toMatchObject({
    CommitId: await github.git("rev-parse", "main"),
    CommitMessage: "Say hello",
    BranchName: "main",
  });
  const { bucket, key } = actionExecutionDetails![1]!.output!.outputArtifacts![0]!.s3location!;
  const s3 = new S3Client({ ...client(), forcePathStyle: true });
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  expect((await object.Body!.transformToString("latin1")).includes("greeting.txt")).toBe(true);
  s3.destroy();
  await codepipeline.send(new DeletePipelineCommand({ name: "delivery" }));
});

it("starts on a push through GitHub's hook, and fetches the head of the branch", async () => {
  await codepipeline.send(
    new CreatePipelineCommand({ pipeline: pipeline("pushed", { stages: sourceOnly({}) }) }),
  );
  await eventually("the first execution fails", ended("pushed", "Failed"));
  const { webhook } = await codepipeline.send(
    new PutWebhookCommand({
      webhook: {
        name: "pushed",
        targetPipeline: "pushed",
        targetAction: "Source1",
        filters: [{ jsonPath: "$.ref", matchEquals: "refs/heads/{Branch}" }],
        authentication: "GITHUB_HMAC",
        authenticationConfiguration: { SecretToken: SECRET },
      },
    }),
  );
  await github.hook({
    name: "web",
    active: true,
    events: ["push"],
    config: { url: webhook!.url, content_type: "json", secret: SECRET },
  });
  const commit = await github.commit("greeting.txt", "good morning", "Say good morning");
  await github.git("push", "--quiet", "origin", "main", "main:elsewhere");
  const execution = await eventually("the push starts an execution", () =>
    aws.codepipeline
      .get("pushed")
      .executions.find(({ sourceRevisions }) => sourceRevisions[0]?.revisionId === commit),
  );
  expect(execution.trigger).toEqual({ triggerType: "Webhook", triggerDetail: webhook!.arn });
  // The ping, the push to the branch, and the one to another branch.
  await eventually("three deliveries arrive", () => webhookOutcomes().length === 3);
  expect(webhookOutcomes().sort()).toEqual(["ignored", "ignored", "started"]);

  // The deletion of a branch is a push too: filters compare strings, but `deleted` is a boolean.
  await github.git("push", "--quiet", "origin", "main:release/1.0");
  await codepipeline.send(
    new UpdatePipelineCommand({
      pipeline: pipeline("pushed", { stages: sourceOnly({ Branch: "release/1.0" }) }),
    }),
  );
  await github.git("push", "--quiet", "origin", ":release/1.0");
  const failed = await eventually(
    "the deletion starts an execution",
    action("pushed", ({ state, error }) => state === "FAILED" && /release/.test(error?.message ?? "")),
  );
  expect(failed.error).toMatchObject({
    code: "ConfigurationError",
    message: 'The GitHub repository "acme/api" or branch "release/1.0" does not exist.',
  });
  const { execution: deletion } = aws.codepipeline.getExecution("pushed", failed.executionId);
  expect(deletion.trigger).toEqual({ triggerType: "Webhook", triggerDetail: webhook!.arn });
  await codepipeline.send(new DeletePipelineCommand({ name: "pushed" }));
});

const webhookOutcomes = () =>
  changes.flatMap((change) => (change.kind === "webhook" ? [change.outcome] : []));

it("stores a source without the modes and links of git", async () => {
  await github.git("switch", "--quiet", "--create", "special");
  await symlink("/etc/passwd", join(github.clone, "link"));
  await github.commit("run.sh", "#!/bin/sh", "Add a script and a link");
  await github.git("update-index", "--chmod=+x", "run.sh");
  await github.git("commit", "--quiet", "--amend", "--no-edit");
  await github.git("push", "--quiet", "origin", "special");
  await github.git("switch", "--quiet", "--force", "main");
  await codepipeline.send(
    new CreatePipelineCommand({
      pipeline: pipeline("special", { stages: sourceOnly({ Branch: "special" }) }),
    }),
  );
  await eventually(
    "the source succeeds",
    action("special", ({ state }) => state === "SUCCEEDED"),
  );
  const { actionExecutionDetails } = await codepipeline.send(
    new ListActionExecutionsCommand({ pipelineName: "special" }),
  );
  const sourceAction = actionExecutionDetails!.find(({ actionName }) => actionName === "Source1")!;
  const { bucket, key } = sourceAction.output!.outputArtifacts![0]!.s3location!;
  const s3 = new S3Client({ ...client(), forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const zip = join(folder, "special.zip");
  await writeFile(zip, await Body!.transformToByteArray());
  s3.destroy();
  await unzip(zip, join(folder, "special"));
  expect((await lstat(join(folder, "special/run.sh"))).mode & 0o111).toBe(0);
  expect(await readFile(join(folder, "special/link"), "utf8")).toBe("/etc/passwd");
  await codepipeline.send(new DeletePipelineCommand({ name: "special" }));
});

it("fetches the commit that an execution is started with", async () => {
  const older = await github.git("rev-parse", "main~1");
  const declaration = pipeline("revised", { stages: sourceOnly({}) });
  await codepipeline.send(new CreatePipelineCommand({ pipeline: declaration }));
  const start = async (revisionValue: string) => {
    const { pipelineExecutionId: id } = await codepipeline.send(
      new StartPipelineExecutionCommand({
        name: "revised",
        sourceRevisions: [{ actionName: "Source1", revisionType: "COMMIT_ID", revisionValue }],
      }),
    );
    return eventually(
      "the source ends",
      action("revised", (change) => change.executionId === id && /SUCCEEDED|FAILED/.test(change.state ?? "")),
    );
  };
  const taken = await start(older);
  const { execution } = aws.codepipeline.getExecution("revised", taken.executionId);
  expect(execution.sourceRevisions).toMatchObject([{ revisionId: older, revisionSummary: "Say hello" }]);
  const missing = await start("0".repeat(40));
  expect(missing.error!.message).toBe(`The commit ${"0".repeat(40)} does not exist in acme/api.`);
  await codepipeline.send(new DeletePipelineCommand({ name: "revised" }));
});

it.each([
  ["a wrong token", "wrong-token", { OAuthToken: "not-the-token" }, {}, /Could not access.*acme\/api/],
  ["another repository", "wrong-repo", { Repo: "nothing" }, {}, /Could not access.*acme\/nothing/],
  [
    "a branch that does not exist",
    "wrong-branch",
    { Branch: "nowhere" },
    {},
    /^The GitHub repository "acme\/api" or branch "nowhere" does not exist\.$/,
  ],
  [
    "a role of another service",
    "wrong-role",
    {},
    { roleArn: `arn:aws:iam::${ACCOUNT}:role/stranger` },
    /not authorized to perform AssumeRole.*stranger/,
  ],
  [
    "a missing bucket",
    "wrong-bucket",
    {},
    { artifactStore: { type: "S3", location: "missing" } as const },
    /s3:\/\/missing\/.*bucket/i,
  ],
])("fails the source with a message for %s", async (_, name, settings, overrides, message) => {
  await codepipeline.send(
    new CreatePipelineCommand({ pipeline: pipeline(name, { stages: sourceOnly(settings), ...overrides }) }),
  );
  const failed = await eventually(
    "the source fails",
    action(name, ({ state }) => state === "FAILED"),
  );
  expect(failed.error!.message).toMatch(message);
  expect(failed.error!.message).not.toContain("not-the-token");
});

it("has logged no error and reported no secret in the tests above", () => {
  expect(changes.filter((change) => change.kind === "log")).toEqual([]);
  const reported = JSON.stringify(changes);
  for (const secret of [TOKEN, SECRET, "not-the-token"]) expect(reported).not.toContain(secret);
});

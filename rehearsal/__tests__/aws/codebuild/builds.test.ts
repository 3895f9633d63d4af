import {
  BatchDeleteBuildsCommand,
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  RetryBuildCommand,
  StartBuildCommand,
  StopBuildCommand,
  UpdateProjectCommand,
  type Build,
  type StartBuildInput,
} from "@aws-sdk/client-codebuild";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { eventually } from "../../support/eventually";
import { openAccount, type Account } from "./account";

jest.setTimeout(120_000);

const LOGS = {
  Effect: "Allow",
  Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: "*",
};

let account: Account;
let server: AwsServer;
let client: CodeBuildClient;
let role: string;
let otherRole: string;

beforeAll(async () => {
  account = await openAccount();
  server = await startAws({
    ...account.aws,
    github: { gitUrl: () => "http://127.0.0.1:9/none.git" },
    concurrentBuilds: 1,
  });
  const { region, root, endpoint } = server.context;
  client = new CodeBuildClient({ endpoint, region, credentials: root });
  role = await account.createRole("builder", [LOGS]);
  otherRole = await account.createRole("other", [LOGS]);
  await create("project");
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  await account.stop();
});

// JSON is YAML. On one line, it would be read as the name of a file.
const buildspec = (...commands: string[]) =>
  JSON.stringify(
    {
      version: 0.2,
      env: { "exported-variables": ["SAID", "IMAGE"] },
      phases: { build: { commands } },
    },
    undefined,
    2,
  );

async function create(name: string, concurrentBuildLimit?: number): Promise<void> {
  await client.send(
    new CreateProjectCommand({
      name,
      serviceRole: role,
      source: { type: "NO_SOURCE", buildspec: buildspec("export SAID=project") },
      artifacts: { type: "NO_ARTIFACTS" },
      environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
      concurrentBuildLimit,
    }),
  );
}

async function start(overrides: Partial<StartBuildInput> = {}): Promise<Build> {
  const { build } = await client.send(new StartBuildCommand({ projectName: "project", ...overrides }));
  return build!;
}

/** Starts a build that runs until it is stopped. */
const endless = (projectName = "project") =>
  start({ projectName, buildspecOverride: buildspec("sleep 1000") });

const stop = ({ id }: Build) => client.send(new StopBuildCommand({ id }));

async function read({ id }: Build): Promise<Build> {
  const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids: [id!] }));
  return builds[0]!;
}

/** Waits until a build meets the condition; fails if it finishes before. */
function until(build: Build, condition: (build: Build) => boolean | undefined): Promise<Build> {
  return eventually(`${build.id} is as expected`, async () => {
    const now = await read(build);
    if (condition(now)) return now;
    if (now.buildComplete) throw new Error(`The build has finished as ${now.buildStatus}.`);
    return undefined;
  });
}

const complete = (build: Build) => until(build, ({ buildComplete }) => buildComplete);
const isIn = (phase: string) => (build: Build) => build.currentPhase === phase;

const exported = ({ exportedEnvironmentVariables = [] }: Build) =>
  Object.fromEntries(exportedEnvironmentVariables.map(({ name, value }) => [name!, value!] as const));

const overrides: Partial<StartBuildInput> = {
  buildspecOverride: buildspec('export SAID="$WORD"', 'export IMAGE="$CODEBUILD_BUILD_IMAGE"'),
  environmentVariablesOverride: [{ name: "WORD", value: "hello" }],
  imageOverride: "other:1",
  computeTypeOverride: "BUILD_GENERAL1_LARGE",
  timeoutInMinutesOverride: 7,
  queuedTimeoutInMinutesOverride: 8,
  logsConfigOverride: { cloudWatchLogs: { status: "ENABLED", groupName: "elsewhere" } },
};

const shown = {
  environment: { image: "other:1", computeType: "BUILD_GENERAL1_LARGE", type: "LINUX_CONTAINER" },
  timeoutInMinutes: 7,
  queuedTimeoutInMinutes: 8,
  logs: { groupName: "elsewhere" },
};

it("starts a build with overrides of its project's settings", async () => {
  const serviceRoleOverride = otherRole;
  const build = await complete(await start({ ...overrides, serviceRoleOverride }));
  expect(build).toMatchObject({ buildStatus: "SUCCEEDED", serviceRole: otherRole, ...shown });
  expect(exported(build)).toEqual({ SAID: "hello", IMAGE: "other:1" });
  expect(exported(await complete(await start()))).toEqual({ SAID: "project" });
});

it("shows the phases of a build with their statuses", async () => {
  const failing = await complete(await start({ buildspecOverride: buildspec("exit 3") }));
  expect(failing.phases!.map(({ phaseType, phaseStatus }) => [phaseType, phaseStatus])).toEqual([
    ["SUBMITTED", "SUCCEEDED"],
    ["QUEUED", "SUCCEEDED"],
    ["PROVISIONING", "SUCCEEDED"],
    ["DOWNLOAD_SOURCE", "SUCCEEDED"],
    ["INSTALL", "SUCCEEDED"],
    ["PRE_BUILD", "SUCCEEDED"],
    ["BUILD", "FAILED"],
    ["POST_BUILD", "SUCCEEDED"],
    ["UPLOAD_ARTIFACTS", "SUCCEEDED"],
    ["FINALIZING", "SUCCEEDED"],
    ["COMPLETED", undefined],
  ]);
});

describe("retrying a build", () => {
  it("starts another one with the same parameters", async () => {
    const first = await complete(await start(overrides));
    const { build } = await client.send(new RetryBuildCommand({ id: first.arn }));
    expect(build!.id).not.toBe(first.id);
    const second = await complete(build!);
    expect(second).toMatchObject({ buildNumber: first.buildNumber! + 1, ...shown });
    expect(exported(second)).toEqual(exported(first));
  });

  it("of a pipeline fails", async () => {
    const { id } = await server.codebuild.start({
      projectName: "project",
      initiator: "codepipeline/delivery",
      sourceVersion: "arn:aws:s3:::artifacts/source.zip",
      resolvedSourceVersion: undefined,
      inputs: [],
      primary: "",
      outputs: [],
      environment: [],
    });
    await expect(client.send(new RetryBuildCommand({ id }))).rejects.toMatchObject({
      name: "InvalidInputException",
      message: expect.stringContaining("retry the stage") as string,
    });
    await complete({ id });
  });

  it("that does not exist fails", async () => {
    await expect(client.send(new RetryBuildCommand({ id: "project:none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

it("rejects the deletion of builds with a message", async () => {
  await expect(client.send(new BatchDeleteBuildsCommand({ ids: ["project:1"] }))).rejects.toMatchObject({
    name: "UnknownOperationException",
    message: "CodeBuild.BatchDeleteBuilds is not emulated by the rehearsal.",
  });
});

describe("an account with one concurrent build", () => {
  it("queues a second build until the first has finished", async () => {
    const first = await endless();
    await until(first, isIn("BUILD"));
    const second = await start();
    await until(second, isIn("QUEUED"));
    expect(await read(second)).toMatchObject({ currentPhase: "QUEUED", buildStatus: "IN_PROGRESS" });
    await stop(first);
    expect(await complete(second)).toMatchObject({ buildStatus: "SUCCEEDED" });
  });

  it("runs the next build if a queued one is stopped", async () => {
    const first = await endless();
    await until(first, isIn("BUILD"));
    const second = await start();
    await until(second, isIn("QUEUED"));
    const third = await start();
    await stop(second);
    expect(await complete(second)).toMatchObject({ buildStatus: "STOPPED" });
    await stop(first);
    expect(await complete(third)).toMatchObject({ buildStatus: "SUCCEEDED" });
  });

  it("queues at most five builds", async () => {
    const builds = [];
    for (let count = 0; count < 6; count++) builds.push(await endless());
    await expect(start()).rejects.toMatchObject({
      name: "AccountLimitExceededException",
      message: "Cannot have more than 5 builds in queue for the account",
    });
    await Promise.all(builds.map(stop));
    await Promise.all(builds.map(complete));
  });
});

it("rejects builds beyond a project's limit until the limit is removed", async () => {
  await create("limited", 1);
  const first = await endless("limited");
  await expect(endless("limited")).rejects.toMatchObject({
    name: "AccountLimitExceededException",
    message: expect.stringContaining("project limited") as string,
  });
  const { project } = await client.send(
    new UpdateProjectCommand({ name: "limited", concurrentBuildLimit: -1 }),
  );
  expect(project!.concurrentBuildLimit).toBeUndefined();
  const second = await endless("limited");
  await Promise.all([stop(first), stop(second)]);
  await Promise.all([complete(first), complete(second)]);
});

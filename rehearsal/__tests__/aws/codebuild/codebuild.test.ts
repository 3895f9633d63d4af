import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CloudWatchClient, GetMetricStatisticsCommand, type Datapoint } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Build, CreateProjectInput, EnvironmentVariable, Project } from "@aws-sdk/client-codebuild";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientConfig } from "../../../src/aws/client-config";
import { BuildQueue } from "../../../src/aws/codebuild/build-queue";
import { BuildRun } from "../../../src/aws/codebuild/build-run";
import { CodeBuild, type FinishedBuild, type RunningBuild } from "../../../src/aws/codebuild/codebuild";
import { openAccount, type Account } from "./account";
import { groupOf, isAlive, membersOf } from "./process-table";
import { eventually } from "../../support/eventually";

jest.setTimeout(120_000);

let account: Account;
let codebuild: CodeBuild;
let role: string;
let logless: string;
let changes: Build[];

beforeAll(async () => {
  account = await openAccount();
  const { bucket, aws } = account;
  const allow = (Action: string[], Resource: string | string[]) => ({ Effect: "Allow", Action, Resource });
  const permissions = [
    allow(["s3:GetObject", "s3:PutObject"], `arn:aws:s3:::${bucket}/pipeline/*`),
    allow(["ssm:GetParameters"], `arn:aws:ssm:*:*:parameter/hw/*`),
    allow(["secretsmanager:GetSecretValue"], "*"),
  ];
  const logs = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*");
  role = await account.createRole("builder", [...permissions, logs]);
  logless = await account.createRole("logless", permissions);
  const ssm = new SSMClient(clientConfig(aws));
  await ssm.send(new PutParameterCommand({ Name: "/hw/plain", Value: "a-parameter", Type: "String" }));
  await ssm.send(
    new PutParameterCommand({ Name: "/hw/secret", Value: "hidden-parameter", Type: "SecureString" }),
  );
  ssm.destroy();
  const secrets = new SecretsManagerClient(clientConfig(aws));
  const SecretString = JSON.stringify({ githubAccessToken: "hidden-token" });
  await secrets.send(new CreateSecretCommand({ Name: "PIPELINE_GITHUB", SecretString }));
  secrets.destroy();
});

afterAll(() => account.stop());

beforeEach(() => {
  changes = [];
  codebuild = new CodeBuild(account.aws, { buildChanged: (build) => changes.push(build) });
});

afterEach(() => codebuild.stopAll());

let projects = 0;

async function createProject(overrides: Partial<CreateProjectInput> = {}): Promise<string> {
  const name = `project-${++projects}`;
  const input: CreateProjectInput = {
    name,
    source: { type: "CODEPIPELINE" },
    artifacts: { type: "CODEPIPELINE" },
    environment: {
      type: "LINUX_CONTAINER",
      image: "aws/codebuild/x:5.0",
      computeType: "BUILD_GENERAL1_SMALL",
    },
    serviceRole: role,
    ...overrides,
  };
  await codebuild.operations.CreateProject(input, "arn:aws:iam::123456789012:root");
  return name;
}

interface Job {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: readonly EnvironmentVariable[];
  readonly outputs?: readonly string[];
  readonly project?: Partial<CreateProjectInput>;
}

const location = (project: string, name: string) => ({
  name,
  bucket: account.bucket,
  key: `pipeline/${project}/${name}`,
});

async function start(buildspec: string, job: Job = {}): Promise<RunningBuild & { project: string }> {
  const project = await createProject(job.project);
  await account.putZip(`pipeline/${project}/Source`, { "buildspec.yml": buildspec, ...job.files });
  const run = await codebuild.start({
    projectName: project,
    initiator: "codepipeline/hw",
    sourceVersion: "arn:aws:s3:::artifacts/pipeline/Source",
    resolvedSourceVersion: "0123abc",
    inputs: [location(project, "Source")],
    primary: "Source",
    outputs: (job.outputs ?? []).map((name) => location(project, name)),
    environment: job.environment ?? [],
  });
  return { id: run.id, finished: run.finished, stop: () => run.stop(), project };
}

async function build(
  buildspec: string,
  job?: Job,
): Promise<FinishedBuild & { log: string; project: string }> {
  const run = await start(buildspec, job);
  const finished = await run.finished;
  return { ...finished, log: readFileSync(codebuild.logFile(run.id), "utf8"), project: run.project };
}

const phases = ({ build }: FinishedBuild) =>
  Object.fromEntries(build.phases!.map(({ phaseType, phaseStatus }) => [phaseType!, phaseStatus] as const));

/** The messages CloudWatch Logs has of a build. */
async function delivered({ build }: Pick<FinishedBuild, "build">): Promise<string[]> {
  const client = new CloudWatchLogsClient(clientConfig(account.aws));
  const { groupName: logGroupName, streamName: logStreamName } = build.logs!;
  const messages: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const input = { logGroupName, logStreamName, startFromHead: true, nextToken };
    const { events = [], nextForwardToken } = await client.send(new GetLogEventsCommand(input));
    messages.push(...events.map(({ message }) => message!));
    if (events.length === 0 || nextForwardToken === nextToken) break;
    nextToken = nextForwardToken;
  }
  client.destroy();
  return messages;
}

const commands = (...lines: string[]) =>
  `version: 0.2\nphases:\n  build:\n    commands:\n${lines.map((line) => `      - ${JSON.stringify(line)}\n`).join("")}`;

it("a build from its source to its artifact", async () => {
  const finished = await build(
    `version: 0.2
env:
  variables: { FROM: buildspec, OVER: buildspec, TOP: buildspec }
  parameter-store: { PARAMETER: /hw/plain, SECURE: /hw/secret }
  secrets-manager: { TOKEN: "PIPELINE_GITHUB:githubAccessToken" }
  exported-variables: [DIGEST, TOKEN, ABSENT]
phases:
  install:
    commands: [mkdir -p out/deep, cd out]
  pre_build:
    commands: ["export DIGEST=abc=1"]
  build:
    commands:
      - echo "$FROM $OVER $TOP $PARAMETER $SECURE $TOKEN" | tee values
      - echo deep > deep/file; touch deep/file.map; echo "$CODEBUILD_INITIATOR $CODEBUILD_RESOLVED_SOURCE_VERSION"
  post_build:
    commands: ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING in $PWD"']
artifacts:
  files: ["**/*"]
  base-directory: out
  exclude-paths: ["**/*.map"]
`,
    {
      outputs: ["Built"],
      environment: [{ name: "TOP", value: "action" }],
      project: {
        environment: {
          type: "LINUX_CONTAINER",
          image: "i",
          computeType: "BUILD_GENERAL1_SMALL",
          environmentVariables: [
            { name: "OVER", value: "project" },
            { name: "TOP", value: "project" },
          ],
        },
      },
    },
  );
  expect(finished).toMatchObject({
    status: "SUCCEEDED",
    message: undefined,
    exportedVariables: { DIGEST: "abc=1" },
  });
  expect(Object.keys(finished.exportedVariables)).toEqual(["DIGEST"]);
  const values = "buildspec project action a-parameter hidden-parameter hidden-token\n";
  expect(await account.getZip(`pipeline/${finished.project}/Built`)).toEqual({
    values,
    "deep/file": "deep\n",
  });
  expect(finished.log).toContain("buildspec project action a-parameter *** ***\n");
  expect(finished.log).not.toMatch(/hidden-/);
  expect(finished.log).toContain("codepipeline/hw 0123abc\n");
  expect(finished.log).toMatch(/succeeding 1 in .*\/src\/out\n/);
  expect(finished.log).toMatch(/\[Container\] .* Running command mkdir -p out\/deep\n/);
  expect(finished.build.phases!.map(({ phaseType }) => phaseType)).toEqual(
    "SUBMITTED QUEUED PROVISIONING DOWNLOAD_SOURCE INSTALL PRE_BUILD BUILD POST_BUILD UPLOAD_ARTIFACTS FINALIZING COMPLETED".split(
      " ",
    ),
  );
  expect(changes.at(-1)).toMatchObject({
    buildStatus: "SUCCEEDED",
    buildComplete: true,
    currentPhase: "COMPLETED",
  });
  expect(changes[0]).toMatchObject({ buildStatus: "IN_PROGRESS", currentPhase: "SUBMITTED" });
  expect(codebuild.build(finished.build.id!)).toEqual(finished.build);

  expect(finished.build.logs!.groupName).toBe(`/aws/codebuild/${finished.project}`);
  const messages = (await delivered(finished)).join("\n");
  expect(messages).toContain("buildspec project action a-parameter *** ***");
  expect(messages).not.toMatch(/hidden-/);
});

it("a project's variables that are parameters or secrets, and an action's of the same name", async () => {
  const secrets = new SecretsManagerClient(clientConfig(account.aws));
  const password = (value: string) => JSON.stringify({ password: value });
  await secrets.send(new CreateSecretCommand({ Name: "ROTATED", SecretString: password("hidden-old") }));
  await secrets.send(
    new PutSecretValueCommand({ SecretId: "ROTATED", SecretString: password("hidden-new") }),
  );
  secrets.destroy();
  const stored = (name: string, value: string) => ({ name, value, type: "PARAMETER_STORE" }) as const;
  const secret = (name: string, value: string) => ({ name, value, type: "SECRETS_MANAGER" }) as const;
  const environmentVariables = [
    stored("PARAMETER", "/hw/plain"),
    stored("SECURE", "/hw/secret"),
    secret("WHOLE", "ROTATED"),
    secret("CURRENT", "ROTATED:password:AWSCURRENT"),
    secret("PREVIOUS", "ROTATED:password:AWSPREVIOUS"),
    secret("TO_PLAIN", "ROTATED"),
    { name: "TO_STORED", value: "/hw/plain" },
  ];
  const print =
    'printf "%s\\n" "$PARAMETER" "$SECURE" "$WHOLE" "$CURRENT" "$PREVIOUS" "$TO_PLAIN" "$TO_STORED"';
  const finished = await build(`${commands(`${print} | tee values`)}artifacts: { files: [values] }\n`, {
    outputs: ["Built"],
    environment: [{ name: "TO_PLAIN", value: "ROTATED" }, stored("TO_STORED", "/hw/plain")],
    project: {
      environment: {
        type: "LINUX_CONTAINER",
        image: "i",
        computeType: "BUILD_GENERAL1_SMALL",
        environmentVariables,
      },
    },
  });
  expect(finished).toMatchObject({ status: "SUCCEEDED", message: undefined });
  const { values } = await account.getZip(`pipeline/${finished.project}/Built`);
  expect(values!.trimEnd().split("\n")).toEqual([
    "a-parameter",
    "hidden-parameter",
    password("hidden-new"),
    "hidden-new",
    "hidden-old",
    "ROTATED",
    "a-parameter",
  ]);
  expect(finished.log).toContain("\na-parameter\n***\n***\n***\n***\nROTATED\na-parameter\n");
  expect(finished.log).not.toMatch(/hidden-/);
});

it("a build acts as its role, in a home of its own, and ends with everything it started", async () => {
  const finished = await build(
    commands(
      "env | sort > env.txt",
      "sleep 1000 & echo $! > pid",
      "id=$(cat pid)",
      "git rev-parse 2>&1 | head -1; true",
    ) + "artifacts:\n  files: [env.txt, pid]\n",
    { outputs: ["Built"] },
  );
  expect(finished.status).toBe("SUCCEEDED");
  const files = await account.getZip(`pipeline/${finished.project}/Built`);
  const environment = new Map(files["env.txt"]!.split("\n").map((line) => [line.split("=")[0]!, line]));
  expect(environment.get("AWS_ENDPOINT_URL")).toBe(`AWS_ENDPOINT_URL=${account.aws.endpoint}`);
  expect(environment.get("AWS_SESSION_TOKEN")).toBeDefined();
  expect(environment.get("AWS_ACCESS_KEY_ID")).not.toContain(account.aws.root.accessKeyId);
  expect(environment.get("HOME")).toMatch(/builds\/project-\d+-1\/home$/);
  expect(environment.has("GITHUB_TOKEN")).toBe(false);
  expect(finished.log).toContain("not a git repository");
  await eventually("the process has terminated", () => !isAlive(Number(files["pid"])));
});

it("the image decides which shell is sh: in Amazon Linux it is bash", async () => {
  const commands =
    "version: 0.2\nphases:\n  build:\n    commands:\n      - set -o pipefail\n      - 'false | true'\n";
  const image = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
  const environment = { type: "LINUX_CONTAINER", image, computeType: "BUILD_GENERAL1_SMALL" } as const;
  const { log, message } = await build(commands, { project: { environment } });
  expect(log).toContain("Running command false | true");
  expect(message).toContain("Error while executing command: false | true. Reason: exit status 1");
});

it("a failed command fails the build, after post_build and the upload", async () => {
  const finished = await build(
    `version: 0.2
phases:
  build:
    commands: [echo kept > file, exit 3, echo unreached]
    finally: ['echo "finally $CODEBUILD_BUILD_SUCCEEDING"']
  post_build:
    commands: ['echo "post $CODEBUILD_BUILD_SUCCEEDING"']
artifacts: { files: [file] }
`,
    { outputs: ["Built"] },
  );
  expect(finished).toMatchObject({
    status: "FAILED",
    message:
      "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, " +
      "Message: Error while executing command: exit 3. Reason: exit status 3",
  });
  expect(phases(finished)).toMatchObject({
    BUILD: "FAILED",
    POST_BUILD: "SUCCEEDED",
    UPLOAD_ARTIFACTS: "SUCCEEDED",
  });
  expect(finished.log).toContain("\nfinally 0\n");
  expect(finished.log).toContain("\npost 0\n");
  expect(finished.log).not.toContain("\nunreached\n");
  expect(finished.log).toContain("Command did not exit successfully exit 3 exit status 3\n");
  expect(await account.getZip(`pipeline/${finished.project}/Built`)).toEqual({ file: "kept\n" });
});

it.each([
  ["install", "", ["INSTALL"], "FAILED"],
  ["pre_build", "", ["INSTALL", "PRE_BUILD"], "FAILED"],
  ["pre_build", "CONTINUE", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"], "FAILED"],
  ["build", "ABORT", ["INSTALL", "PRE_BUILD", "BUILD"], "FAILED"],
  ["post_build", "", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"], "FAILED"],
])("a failure in %s with on-failure %s", async (phase, onFailure, expected, status) => {
  const handling = onFailure ? `    on-failure: ${onFailure}\n` : "";
  const finished = await build(`version: 0.2\nphases:\n  ${phase}:\n${handling}    commands: ["false"]\n`);
  expect(finished.status).toBe(status);
  const ran = finished.build.phases!.map(({ phaseType }) => phaseType!).slice(4, -2);
  expect(ran).toEqual(expected);
});

it.each<[string, string, Job, string]>([
  [
    "no buildspec",
    "",
    { project: { source: { type: "CODEPIPELINE", buildspec: "ci/none.yml" } } },
    "Phase: DOWNLOAD_SOURCE, Code: YAML_FILE_ERROR, Message: stat .*src/ci/none.yml: no such file or directory",
  ],
  [
    "a buildspec outside",
    "",
    { project: { source: { type: "CODEPIPELINE", buildspec: "../log" } } },
    "YAML_FILE_ERROR.*outside the source",
  ],
  [
    "a broken buildspec",
    "version: 0.2\nphases:\n  biuld: {}\n",
    {},
    "Phase: DOWNLOAD_SOURCE, Code: YAML_FILE_ERROR, Message: phases.biuld: .*line 3",
  ],
  [
    "a missing parameter",
    `${commands("true")}env: { parameter-store: { A: /hw/none } }\n`,
    {},
    "Phase: DOWNLOAD_SOURCE, Code: Decrypted Variables Error, Message: parameter does not exist: /hw/none",
  ],
  [
    "a refused parameter",
    `${commands("true")}env: { parameter-store: { A: /other } }\n`,
    {},
    "Decrypted Variables Error, Message: AccessDenied.*ssm:GetParameters",
  ],
  [
    "a missing secret",
    `${commands("true")}env: { secrets-manager: { A: none } }\n`,
    {},
    "Phase: DOWNLOAD_SOURCE, Code: Secrets Manager Error, Message: ResourceNotFoundException",
  ],
  [
    "a missing key",
    `${commands("true")}env: { secrets-manager: { A: "PIPELINE_GITHUB:other" } }\n`,
    {},
    "Secrets Manager Error, Message: the secret PIPELINE_GITHUB has no key other",
  ],
  [
    "no files",
    `${commands("true")}artifacts: { files: ["none/**/*"] }\n`,
    { outputs: ["Built"] },
    "Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR, Message: no matching artifact paths found",
  ],
  [
    "no artifacts",
    commands("true"),
    { outputs: ["Built"] },
    "Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR, Message: no definition for the artifact Built",
  ],
  [
    "no base directory",
    `${commands("true")}artifacts: { files: ["*"], base-directory: none }\n`,
    { outputs: ["Built"] },
    "no matching base directory path found",
  ],
])("%s fails the build, and says so", async (_, buildspec, job, message) => {
  const finished = await build(buildspec, job);
  expect(finished.status).toBe("FAILED");
  expect(finished.message).toMatch(new RegExp(message, "s"));
});

it("a role that CodeBuild can't assume makes no project, and no build", async () => {
  const foreign = await account.createRole("foreign", [], "lambda.amazonaws.com");
  await expect(createProject({ serviceRole: foreign })).rejects.toMatchObject({
    name: "InvalidInputException",
    message: expect.stringContaining(
      `CodeBuild is not authorized to perform: sts:AssumeRole on ${foreign}`,
    ) as string,
  });
  const arn = `arn:aws:iam::${account.aws.account}:role/none`;
  await expect(createProject({ serviceRole: arn })).rejects.toMatchObject({ name: "InvalidInputException" });
});

it("a role that may not write the log fails the build before it begins, as at the service", async () => {
  const finished = await build(commands("true"), { project: { serviceRole: logless } });
  expect(finished.status).toBe("FAILED");
  expect(finished.message).toMatch(
    /Phase: SUBMITTED, Code: ACCESS_DENIED, .*does not allow AWS CodeBuild to create/,
  );
  expect(phases(finished)).not.toHaveProperty("BUILD");
  const logsConfig = { cloudWatchLogs: { status: "DISABLED" } } as const;
  const silent = await build(commands("true"), { project: { serviceRole: logless, logsConfig } });
  expect(silent.status).toBe("SUCCEEDED");
});

it("a source or a target beyond the role's permissions fails with what was refused", async () => {
  const project = await createProject();
  await account.putZip("elsewhere", { "buildspec.yml": commands("true") });
  const request = {
    initiator: "i",
    sourceVersion: "v",
    resolvedSourceVersion: "c",
    primary: "Source",
    environment: [],
  };
  const elsewhere = { name: "Source", bucket: account.bucket, key: "elsewhere" };
  const run = await codebuild.start({ ...request, projectName: project, inputs: [elsewhere], outputs: [] });
  expect((await run.finished).message).toMatch(
    /Phase: DOWNLOAD_SOURCE, Code: CLIENT_ERROR, Message: AccessDenied.*elsewhere/,
  );
});

it("secondary sources and secondary artifacts", async () => {
  const project = await createProject({
    source: {
      type: "CODEPIPELINE",
      buildspec: `${commands('cp "$CODEBUILD_SRC_DIR_Other/data" copied', "echo plan > plan")}artifacts:
  secondary-artifacts:
    Copy: { files: [copied] }
    Plan: { files: [plan] }
`,
    },
  });
  await account.putZip(`pipeline/${project}/Source`, { a: "1" });
  await account.putZip(`pipeline/${project}/Other`, { data: "other" });
  const run = await codebuild.start({
    projectName: project,
    initiator: "i",
    sourceVersion: "v",
    resolvedSourceVersion: "c",
    inputs: [location(project, "Other"), location(project, "Source")],
    primary: "Source",
    outputs: [location(project, "Copy"), location(project, "Plan")],
    environment: [],
  });
  expect(await run.finished).toMatchObject({ status: "SUCCEEDED" });
  expect(await account.getZip(`pipeline/${project}/Copy`)).toEqual({ copied: "other" });
  expect(await account.getZip(`pipeline/${project}/Plan`)).toEqual({ plan: "plan\n" });
});

it("stopping ends the running command and the build", async () => {
  const run = await start(commands("echo started", "sleep 1000"));
  const log = () => readFileSync(codebuild.logFile(run.id), "utf8");
  await eventually("the command runs", () => log().includes("Running command sleep"));
  await run.stop();
  const finished = await run.finished;
  expect(finished).toMatchObject({
    status: "STOPPED",
    build: { buildStatus: "STOPPED", buildComplete: true },
  });
  expect(phases(finished)).toMatchObject({ BUILD: "STOPPED", FINALIZING: "SUCCEEDED" });
  expect(phases(finished)).not.toHaveProperty("POST_BUILD");
});

it("CloudWatch Logs has what a build prints while it runs", async () => {
  const gate = join(account.aws.folder, "log-was-read");
  const run = await start(commands("echo the first words", `while ! test -e ${gate}; do sleep 0.02; done`));
  const now = () => codebuild.build(run.id)!;
  // There is a stream to read from then on.
  await eventually("the build is in its phase BUILD", () => now().currentPhase === "BUILD");
  const isDelivered = async () => (await delivered({ build: now() })).includes("the first words");
  await eventually("the log is delivered", isDelivered);
  expect(now()).toMatchObject({ buildStatus: "IN_PROGRESS", currentPhase: "BUILD" });
  writeFileSync(gate, "");
  expect(await run.finished).toMatchObject({ status: "SUCCEEDED" });
});

it("a timeout ends the build as such, and every process of it, whether it listens or not", async () => {
  const pids = join(account.aws.folder, "stubborn");
  // What ignores a signal hands that on to what it starts.
  const stubborn = `sh -c 'trap "" TERM; sleep 1000 & echo "$$ $!" > ${pids}; wait' &`;
  const project = {
    name: "slow",
    serviceRole: role,
    source: { type: "NO_SOURCE", buildspec: commands(stubborn, "sleep 1000") },
    queuedTimeoutInMinutes: 5,
  };
  // Three seconds; the service takes whole minutes, from five.
  const request = { project: { ...project, timeoutInMinutes: 0.05 } as Project, number: 1, initiator: "i" };
  const run = BuildRun.start(
    account.aws,
    { ...request, inputs: [], outputs: [], environment: [] },
    new BuildQueue(1),
    () => undefined,
  );
  const text = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");
  const isUp = () => text(pids).endsWith("\n") && text(run.logFile).includes("Running command sleep");
  await eventually("the command runs", isUp);
  const [child, grandchild] = readFileSync(pids, "utf8").split(" ").map(Number);
  const group = groupOf(child!);
  expect(membersOf(group)).toEqual(expect.arrayContaining([group, child, grandchild]));
  const finished = await run.finished;
  expect(finished.message).toMatch(/^Build terminated with state: TIMED_OUT. Phase: .*BUILD_TIMED_OUT/);
  expect(finished.build).toMatchObject({ buildStatus: "TIMED_OUT", buildComplete: true });
  await eventually("the processes have terminated", () => membersOf(group).length === 0);
});

it("a build that waits for too long for its turn is ended", async () => {
  const queue = new BuildQueue(1);
  await queue.enter(new AbortController().signal);
  const project = {
    name: "waiting",
    serviceRole: role,
    source: { type: "NO_SOURCE", buildspec: commands("true") },
  };
  // Half a second; the service takes whole minutes, from five.
  const request = { project: { ...project, queuedTimeoutInMinutes: 0.01 } as Project, number: 1 };
  const run = BuildRun.start(
    account.aws,
    { ...request, initiator: "i", inputs: [], outputs: [], environment: [] },
    queue,
    () => undefined,
  );
  const { status, build } = await run.finished;
  expect(status).toBe("TIMED_OUT");
  expect(build.phases!.find(({ phaseType }) => phaseType === "QUEUED")!.phaseStatus).toBe("TIMED_OUT");
  expect(build.phases!.some(({ phaseType }) => phaseType === "PROVISIONING")).toBe(false);
});

it("of a log without end a part is delivered, and how it ended", async () => {
  const finished = await build(commands("head -c 15000000 /dev/zero | tr '\\0' x | fold -w 1000", "exit 7"));
  expect(finished.log.length).toBeGreaterThan(15_000_000);
  const messages = await delivered(finished);
  const bytes = messages.reduce((total, message) => total + message.length, 0);
  expect(bytes).toBeGreaterThan(9_000_000);
  expect(bytes).toBeLessThan(11_000_000);
  expect(messages.some((message) => message.includes("the rest is only in the build's log file"))).toBe(true);
  expect(messages.some((message) => message.includes("exit 7. Reason: exit status 7"))).toBe(true);
});

it("what succeeded leaves its log, what failed all it had", async () => {
  const finished = await build(commands("echo x > file"));
  await codebuild.stopAll();
  const folder = dirname(codebuild.logFile(finished.build.id!));
  expect(readdirSync(folder).filter((name) => name !== "sources")).toEqual(["log"]);
  const failed = await build(commands("echo x > file; false"));
  await codebuild.stopAll();
  expect(existsSync(join(dirname(codebuild.logFile(failed.build.id!)), "src/file"))).toBe(true);
});

/** The data points of a metric of the last hour, of one project or of whatever has the metric. */
async function dataPoints(MetricName: string, project?: string): Promise<Datapoint[]> {
  const cloudwatch = new CloudWatchClient(clientConfig(account.aws));
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/CodeBuild",
      MetricName,
      Dimensions: project === undefined ? [] : [{ Name: "ProjectName", Value: project }],
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 3600,
      Statistics: ["Sum", "SampleCount"],
    }),
  );
  cloudwatch.destroy();
  return Datapoints;
}

async function sumOf(MetricName: string, project?: string): Promise<number> {
  return (await dataPoints(MetricName, project)).reduce((total, point) => total + point.Sum!, 0);
}

it("metrics count a failure for its project and for the account", async () => {
  const names = ["Builds", "FailedBuilds", "SucceededBuilds"];
  const sums = (project?: string) => Promise.all(names.map((name) => sumOf(name, project)));
  const before = await sums();
  const failed = await sums((await build(commands("false"))).project);
  const succeeded = await sums((await build(commands("true"))).project);
  expect(failed).toEqual([1, 1, 0]);
  expect(succeeded).toEqual([1, 0, 1]);
  // Asked for no project, AWS answers for the account; the emulator adds up the projects and the account.
  const after = await sums();
  const ofAccount = names.map((_, at) => after[at]! - before[at]! - failed[at]! - succeeded[at]!);
  expect(ofAccount).toEqual([2, 1, 1]);
});

it("metrics tell how long a build and each of its phases took", async () => {
  const before = await sumOf("BuildDuration");
  const finished = await build(commands("sleep 1"));
  const { phases: ran, startTime, endTime } = finished.build;
  const taken = ran!.find(({ phaseType }) => phaseType === "BUILD")!.durationInSeconds!;
  expect(taken).toBeGreaterThan(0);
  const seconds = (endTime!.getTime() - startTime!.getTime()) / 1000;
  const point = (Sum: number) => [
    expect.objectContaining({ Unit: "Seconds", SampleCount: 1, Sum }) as Datapoint,
  ];
  expect(await dataPoints("Duration", finished.project)).toEqual(point(seconds));
  expect(await dataPoints("BuildDuration", finished.project)).toEqual(point(taken));
  // For the account and for the project.
  expect((await sumOf("BuildDuration")) - before).toBe(2 * taken);
  const metrics = {
    SUBMITTED: "SubmittedDuration",
    QUEUED: "QueuedDuration",
    PROVISIONING: "ProvisioningDuration",
    DOWNLOAD_SOURCE: "DownloadSourceDuration",
    INSTALL: "InstallDuration",
    PRE_BUILD: "PreBuildDuration",
    POST_BUILD: "PostBuildDuration",
    UPLOAD_ARTIFACTS: "UploadArtifactsDuration",
    FINALIZING: "FinalizingDuration",
  };
  for (const [phase, metric] of Object.entries(metrics)) {
    const { durationInSeconds } = ran!.find(({ phaseType }) => phaseType === phase)!;
    expect(await dataPoints(metric, finished.project)).toEqual(point(durationInSeconds!));
  }
  expect(await dataPoints("CompletedDuration", finished.project)).toEqual([]);
});

it("a phase that a build has not had has no metric", async () => {
  const finished = await build(`version: 0.2\nphases:\n  install:\n    commands: ["false"]\n`);
  expect(await dataPoints("InstallDuration", finished.project)).toHaveLength(1);
  expect(await dataPoints("BuildDuration", finished.project)).toEqual([]);
});

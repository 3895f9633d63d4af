import { readFileSync } from "node:fs";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Build, CreateProjectInput, EnvironmentVariable } from "@aws-sdk/client-codebuild";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { clientConfig } from "../../../src/aws/client-config";
import { CodeBuild, type FinishedBuild, type RunningBuild } from "../../../src/aws/codebuild/codebuild";
import { ROOT } from "../support/pipelines";
import { openAccount, type Account } from "./account";

/** The parameters of a build. */
export interface Job {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: readonly EnvironmentVariable[];
  readonly outputs?: readonly string[];
  readonly project?: Partial<CreateProjectInput>;
}

/** CodeBuild in an emulated account with parameters, a secret and roles. */
class BuildFixture {
  account!: Account;
  codebuild!: CodeBuild;
  /** A role with all permissions that a build needs. */
  role!: string;
  /** The same, without the permissions for logs. */
  logless!: string;
  /** The changes of builds since the test began. */
  changes: Build[] = [];
  private projects = 0;

  async open(): Promise<void> {
    this.account = await openAccount();
    const { bucket, aws } = this.account;
    const allow = (Action: string[], Resource: string | string[]) => ({ Effect: "Allow", Action, Resource });
    const permissions = [
      allow(["s3:GetObject", "s3:PutObject"], `arn:aws:s3:::${bucket}/pipeline/*`),
      allow(["ssm:GetParameters"], `arn:aws:ssm:*:*:parameter/hw/*`),
      allow(["secretsmanager:GetSecretValue"], "*"),
    ];
    const logs = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*");
    this.role = await this.account.createRole("builder", [...permissions, logs]);
    this.logless = await this.account.createRole("logless", permissions);
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
  }

  /** Starts with a new CodeBuild, before each test. */
  reset(): void {
    this.changes = [];
    this.codebuild = new CodeBuild(this.account.aws, { buildChanged: (build) => this.changes.push(build) });
  }

  async createProject(overrides: Partial<CreateProjectInput> = {}): Promise<string> {
    const name = `project-${++this.projects}`;
    const input: CreateProjectInput = {
      name,
      source: { type: "CODEPIPELINE" },
      artifacts: { type: "CODEPIPELINE" },
      environment: {
        type: "LINUX_CONTAINER",
        image: "aws/codebuild/x:5.0",
        computeType: "BUILD_GENERAL1_SMALL",
      },
      serviceRole: this.role,
      ...overrides,
    };
    await this.codebuild.operations.CreateProject(input, ROOT);
    return name;
  }

  /** Returns the location of an artifact. */
  location(project: string, name: string) {
    return { name, bucket: this.account.bucket, key: `pipeline/${project}/${name}` };
  }

  async start(buildspec: string, job: Job = {}): Promise<RunningBuild & { project: string }> {
    const project = await this.createProject(job.project);
    await this.account.putZip(`pipeline/${project}/Source`, { "buildspec.yml": buildspec, ...job.files });
    const run = await this.codebuild.start({
      projectName: project,
      initiator: "codepipeline/hw",
      sourceVersion: "arn:aws:s3:::artifacts/pipeline/Source",
      resolvedSourceVersion: "0123abc",
      inputs: [this.location(project, "Source")],
      primary: "Source",
      outputs: (job.outputs ?? []).map((name) => this.location(project, name)),
      environment: job.environment ?? [],
    });
    return { id: run.id, finished: run.finished, stop: () => run.stop(), project };
  }

  /** Runs a build to its end. */
  async build(buildspec: string, job?: Job): Promise<FinishedBuild & { log: string; project: string }> {
    const run = await this.start(buildspec, job);
    const finished = await run.finished;
    return { ...finished, log: readFileSync(this.codebuild.logFile(run.id), "utf8"), project: run.project };
  }

  /** Returns the messages of a build in CloudWatch Logs. */
  async delivered({ build }: Pick<FinishedBuild, "build">): Promise<string[]> {
    const client = new CloudWatchLogsClient(clientConfig(this.account.aws));
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
}

/** Opens the fixture for the tests of a file, with a new CodeBuild before each of them. */
export function useBuildFixture(): BuildFixture {
  jest.setTimeout(120_000);
  const fixture = new BuildFixture();
  beforeAll(() => fixture.open());
  beforeEach(() => fixture.reset());
  afterEach(() => fixture.codebuild.stopAll());
  afterAll(() => fixture.account.stop());
  return fixture;
}

/** Returns the statuses of a build's phases. */
export const phases = ({ build }: FinishedBuild) =>
  Object.fromEntries(build.phases!.map(({ phaseType, phaseStatus }) => [phaseType!, phaseStatus] as const));

/** Returns a buildspec with these commands. */
export const commands = (...lines: string[]) =>
  `version: 0.2\nphases:\n  build:\n    commands:\n${lines.map((line) => `      - ${JSON.stringify(line)}\n`).join("")}`;

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CodeBuildClient, CreateProjectCommand } from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  CreatePipelineCommand,
  PutWebhookCommand,
  type ActionDeclaration,
  type StageDeclaration,
} from "@aws-sdk/client-codepipeline";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { stringify } from "yaml";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { rootCredentials } from "../../../src/ministack/emulator";
import { startPage, type Page } from "../../../src/dashboard/page";
import { SessionLog } from "../../../src/session-log";
import { build, declared, source, stage } from "../../aws/support/pipelines";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "../../ministack/fixture";
import { eventually } from "../../support/eventually";
import { Fixture, TOKEN } from "../../github/fixture";

export const PIPELINE = "hw-pipeline";
export const HOOK_SECRET = "theSecretOfThisHook";
export { TOKEN };

const STEPS = [
  "UnitTest",
  "DeployOnDev",
  "IntegrationTest",
  "PlanOnProd",
  "DeployOnProd",
  "SelfUpdate",
] as const;
export type Step = (typeof STEPS)[number];

/**
 * A session whose builds run commands of the test: each prints a text and waits until the test releases it. The
 * pipeline has the stages of the real one.
 */
export class Stand {
  /** What npm run status prints. */
  status = "Production\n  not deployed yet";

  private constructor(
    readonly folder: string,
    readonly emulator: TestEmulator,
    readonly github: Fixture,
    readonly aws: AwsServer,
    readonly page: Page,
  ) {}

  static async start(): Promise<Stand> {
    const folder = mkdtempSync(join(tmpdir(), "page-"));
    const [emulator, github, page] = await Promise.all([
      testEmulator(),
      Fixture.start(),
      startPage(new SessionLog(folder)),
    ]);
    const aws = await startAws({
      region: REGION,
      account: ACCOUNT,
      emulator: emulator.url,
      emulatorLog: emulator.logFile,
      root: rootCredentials(ACCOUNT),
      folder,
      machine: process.env,
      github: { gitUrl: (owner, repository) => `${github.gitHub.url}/${owner}/${repository}.git` },
    });
    return new Stand(folder, emulator, github, aws, page);
  }

  /** Shows the session on the page, as `npm run rehearse` does. */
  show(): void {
    const { aws, folder } = this;
    this.page.show({ aws, github: this.github.gitHub, folder, status: () => Promise.resolve(this.status) });
  }

  async stop(): Promise<void> {
    await this.page.stop();
    await this.aws.stop();
    await Promise.all([this.emulator.remove(), this.github.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Everything the pipeline needs, for a page that shows the session; it is created last, and starts. */
  async deploy(says: Partial<Record<Step, string>> = {}): Promise<void> {
    const config = this.client();
    await new S3Client({ ...config, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "artifacts" }),
    );
    await this.role("pipeline", "codepipeline.amazonaws.com", ["s3:*", "codebuild:*"]);
    await this.role("build", "codebuild.amazonaws.com", ["s3:*", "logs:*"]);
    const sns = new SNSClient(config);
    const [failures] = await Promise.all(
      ["hw-codebuild-failed-sns", "hw-approvals"].map(async (Name) => {
        const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }));
        // What is published before the page has subscribed never reaches it.
        const confirmed = async () =>
          (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes?.SubscriptionsConfirmed;
        await eventually(`the page has subscribed to ${Name}`, async () => (await confirmed()) === "1");
        return TopicArn!;
      }),
    );
    for (const step of STEPS) await this.project(step, failures!, says[step] ?? `This is ${step}.`);
    const codepipeline = new CodePipelineClient(config);
    const pipeline = { ...declared([]), name: PIPELINE, roleArn: this.roleArn("pipeline"), stages: stages() };
    await codepipeline.send(new CreatePipelineCommand({ pipeline }));
    const { webhook } = await codepipeline.send(
      new PutWebhookCommand({
        webhook: {
          name: "hw-push",
          targetPipeline: PIPELINE,
          targetAction: "Source1",
          filters: [{ jsonPath: "$.ref", matchEquals: "refs/heads/{Branch}" }],
          authentication: "GITHUB_HMAC",
          authenticationConfiguration: { SecretToken: HOOK_SECRET },
        },
      }),
    );
    await this.github.hook({
      name: "web",
      active: true,
      events: ["push"],
      config: { url: webhook!.url, content_type: "json", secret: HOOK_SECRET },
    });
  }

  /** Commits a file and pushes it. */
  async push(message: string): Promise<string> {
    const commit = await this.github.commit("change.txt", `${Math.random()}`, message);
    await this.github.git("push", "--quiet", "origin", "main");
    return commit;
  }

  /** Lets the builds of a step end from now on, including running ones. */
  release(step: Step, exitCode = 0): void {
    writeFileSync(join(this.folder, `${step}.gate`), String(exitCode));
  }

  /** Makes the builds of a step wait from now on. */
  hold(step: Step): void {
    rmSync(join(this.folder, `${step}.gate`), { force: true });
  }

  client() {
    return {
      region: REGION,
      endpoint: this.aws.context.endpoint,
      credentials: rootCredentials(ACCOUNT),
    };
  }

  private async project(step: Step, topic: string, says: string): Promise<void> {
    const gate = join(this.folder, `${step}.gate`);
    const words = join(this.folder, `${step}.txt`);
    writeFileSync(words, `${says}\n`);
    const commands = [
      `cat ${words}`,
      `cp ${words} plan.txt`,
      `while [ ! -e ${gate} ]; do sleep 0.05; done`,
      `export API_URL=http://127.0.0.1:49152/api DIGEST=same ADDED_PERMISSIONS=none PLAN="No changes."`,
      `test "$(cat ${gate})" = 0`,
    ];
    const buildspec = {
      version: 0.2,
      env: { "exported-variables": ["API_URL", "DIGEST", "ADDED_PERMISSIONS", "PLAN"] },
      phases: { build: { commands } },
      artifacts: { files: ["**/*"] },
    };
    await new CodeBuildClient(this.client()).send(
      new CreateProjectCommand({
        name: `hw-${step}`,
        serviceRole: this.roleArn("build"),
        source: { type: "CODEPIPELINE", buildspec: stringify(buildspec) },
        artifacts: { type: "CODEPIPELINE" },
        environment: {
          type: "LINUX_CONTAINER",
          image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
          computeType: "BUILD_GENERAL1_SMALL",
        },
      }),
    );
    await new CloudWatchClient(this.client()).send(
      new PutMetricAlarmCommand({
        AlarmName: `hw-${step}-failed`,
        Namespace: "AWS/CodeBuild",
        MetricName: "FailedBuilds",
        Dimensions: [{ Name: "ProjectName", Value: `hw-${step}` }],
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
        AlarmActions: [topic],
      }),
    );
  }

  private roleArn(name: string): string {
    return `arn:aws:iam::${ACCOUNT}:role/${name}`;
  }

  private async role(name: string, service: string, actions: string[]): Promise<void> {
    const iam = new IAMClient(this.client());
    const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const trust = document({ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" });
    const permissions = document({ Effect: "Allow", Action: actions, Resource: "*" });
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: permissions }),
    );
  }
}

function stages(): StageDeclaration[] {
  const configuration = {
    Owner: "acme",
    Repo: "api",
    Branch: "main",
    OAuthToken: TOKEN,
    PollForSourceChanges: "false",
  };
  const approval = (name: string, CustomData: string, runOrder = 1): ActionDeclaration => ({
    name,
    runOrder,
    actionTypeId: { category: "Approval", owner: "AWS", provider: "Manual", version: "1" },
    configuration: { CustomData },
  });
  const skippedWhen = (Variable: string, Value: string) => {
    const ruleTypeId = { category: "Rule", owner: "AWS", provider: "VariableCheck", version: "1" } as const;
    const rule = { name: "changed", ruleTypeId, configuration: { Variable, Operator: "NE", Value } };
    return { beforeEntry: { conditions: [{ result: "SKIP" as const, rules: [rule] }] } };
  };
  return [
    stage("Source1", source({ configuration })),
    stage("UnitTest", step("UnitTest", { outputArtifacts: [{ name: "Build" }] })),
    {
      ...stage(
        "ConfirmPermissions",
        approval("ConfirmPermissions", "Added permissions: #{UnitTest.ADDED_PERMISSIONS}"),
      ),
      ...skippedWhen("#{UnitTest.ADDED_PERMISSIONS}", "none"),
    },
    stage("IntegrationTest", step("DeployOnDev"), step("IntegrationTest", { runOrder: 2 })),
    stage("PlanOnProd", step("PlanOnProd", { outputArtifacts: [{ name: "Plan" }] })),
    stage(
      "ManualApproval",
      approval("ManualApproval", "Deploy #{Source1.CommitId} to production: #{PlanOnProd.PLAN}"),
    ),
    stage("DeployOnProd", step("DeployOnProd")),
    { ...stage("SelfUpdate", step("SelfUpdate")), ...skippedWhen("#{UnitTest.DIGEST}", "same") },
  ];
}

function step(name: Step, overrides: Partial<ActionDeclaration> = {}): ActionDeclaration {
  return build(name, { configuration: { ProjectName: `hw-${name}` }, namespace: name, ...overrides });
}

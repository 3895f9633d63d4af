import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsCommand,
  type CreateProjectInput,
} from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  PutWebhookCommand,
  type ActionDeclaration,
  type PipelineDeclaration,
  type StageDeclaration,
} from "@aws-sdk/client-codepipeline";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { startAws, type AwsServer } from "../../src/aws/server";
import type { StateChange } from "../../src/aws/state-change";
import { rootCredentials } from "../../src/ministack/emulator";
import { ACCOUNT, createRole, REGION, testEmulator, type TestEmulator } from "../ministack/fixture";
import { Fixture, TOKEN } from "../github/fixture";

const SECRET = "hook-secret";
const BUCKET = "artifacts";

/** An AWS and a GitHub with everything that a small pipeline needs, and no Terraform. */
export class SmallAws {
  private constructor(
    readonly folder: string,
    readonly emulator: TestEmulator,
    readonly github: Fixture,
    readonly aws: AwsServer,
    readonly codepipeline: CodePipelineClient,
  ) {}

  /** With a first commit on `main`, a bucket for artifacts, and the roles `pipeline` and `build`. */
  static async start(): Promise<SmallAws> {
    const folder = mkdtempSync(join(tmpdir(), "small-aws-"));
    const emulator = await testEmulator();
    const github = await Fixture.start();
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
    const client = { region: REGION, endpoint: aws.context.endpoint, credentials: rootCredentials(ACCOUNT) };
    const small = new SmallAws(folder, emulator, github, aws, new CodePipelineClient(client));
    await small.furnish();
    return small;
  }

  async stop(): Promise<void> {
    this.codepipeline.destroy();
    await this.aws.stop();
    await this.github.stop();
    await this.emulator.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What an SDK client of the account's root is made with. */
  client() {
    const { endpoint } = this.aws.context;
    return { region: REGION, endpoint, credentials: rootCredentials(ACCOUNT) };
  }

  /** Creates a build project that runs these commands, one after the other. */
  async project(name: string, ...commands: string[]): Promise<void> {
    const codebuild = new CodeBuildClient(this.client());
    const input: CreateProjectInput = {
      name,
      serviceRole: roleArn("build"),
      source: {
        type: "CODEPIPELINE",
        buildspec: JSON.stringify({ version: "0.2", phases: { build: { commands } } }, undefined, 1),
      },
      artifacts: { type: "CODEPIPELINE" },
      environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
    };
    await codebuild.send(new CreateProjectCommand(input));
    codebuild.destroy();
  }

  /** How many builds are remembered. */
  async builds(): Promise<number> {
    const codebuild = new CodeBuildClient(this.client());
    let count = 0;
    for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken; isFirst = false) {
      const page = await codebuild.send(new ListBuildsCommand({ nextToken }));
      count += page.ids?.length ?? 0;
      nextToken = page.nextToken;
    }
    codebuild.destroy();
    return count;
  }

  /** A pipeline that takes `main` and then goes through these stages. */
  pipeline(name: string, ...stages: StageDeclaration[]): PipelineDeclaration {
    return {
      name,
      roleArn: roleArn("pipeline"),
      artifactStore: { type: "S3", location: BUCKET },
      pipelineType: "V2",
      stages: [{ name: "Source", actions: [SOURCE] }, ...stages],
    };
  }

  /** Creates a webhook of a pipeline that was created before. Resolves with what to post to it. */
  async webhook(pipeline: string): Promise<(body: string) => Promise<Response>> {
    const { url } = await this.putWebhook(pipeline);
    return (body) => {
      const signature = createHmac("sha256", SECRET).update(body).digest("hex");
      return fetch(url, { method: "POST", body, headers: { "X-Hub-Signature-256": `sha256=${signature}` } });
    };
  }

  /** Lets GitHub tell a pipeline of every push. Resolves with the hook's id. */
  async hook(pipeline: string): Promise<number> {
    const { url } = await this.putWebhook(pipeline);
    const config = { url, content_type: "json", secret: SECRET };
    return (await this.github.hook({ name: "web", active: true, events: ["push"], config })).id;
  }

  /** Waits until an execution is over. Resolves with how. */
  async end(executionId: string): Promise<string> {
    const over = new Set(["Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"]);
    for (const pipeline of this.aws.codepipeline.all()) {
      const status = pipeline.execution(executionId)?.status;
      if (status && over.has(status)) return status;
    }
    return this.change((change) =>
      change.kind === "execution" && change.executionId === executionId && over.has(change.status)
        ? change.status
        : undefined,
    );
  }

  /** Waits for a change that is yet to come. Resolves with what `find` makes of it. */
  change<T>(find: (change: StateChange) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const listen = (change: StateChange) => {
        const found = find(change);
        if (found === undefined) return;
        this.aws.events.off("change", listen);
        resolve(found);
      };
      this.aws.events.on("change", listen);
    });
  }

  private async furnish(): Promise<void> {
    const service = (name: string) => ({ Service: `${name}.amazonaws.com` });
    const allow = (...Action: string[]) => [{ Effect: "Allow", Action, Resource: "*" }];
    await createRole(
      this.emulator,
      "pipeline",
      allow("s3:*", "codebuild:*", "sns:Publish"),
      service("codepipeline"),
    );
    await createRole(this.emulator, "build", allow("s3:*", "logs:*"), service("codebuild"));
    const s3 = new S3Client({ ...this.client(), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    s3.destroy();
    await this.github.commit("greeting.txt", "hello", "Say hello");
    await this.github.git("push", "--quiet", "origin", "main");
  }

  private async putWebhook(pipeline: string): Promise<{ url: string }> {
    const { webhook } = await this.codepipeline.send(
      new PutWebhookCommand({
        webhook: {
          name: pipeline,
          targetPipeline: pipeline,
          targetAction: "Source1",
          filters: [{ jsonPath: "$.ref", matchEquals: "refs/heads/{Branch}" }],
          authentication: "GITHUB_HMAC",
          authenticationConfiguration: { SecretToken: SECRET },
        },
      }),
    );
    return { url: webhook!.url! };
  }
}

const SOURCE: ActionDeclaration = {
  name: "Source1",
  actionTypeId: { category: "Source", owner: "ThirdParty", provider: "GitHub", version: "1" },
  configuration: {
    Owner: "acme",
    Repo: "api",
    Branch: "main",
    OAuthToken: TOKEN,
    PollForSourceChanges: "false",
  },
  outputArtifacts: [{ name: "source" }],
  namespace: "Source1",
};

/** A stage of one build. */
export function buildStage(name: string, project = name): StageDeclaration {
  const action: ActionDeclaration = {
    name,
    actionTypeId: { category: "Build", owner: "AWS", provider: "CodeBuild", version: "1" },
    configuration: { ProjectName: project },
    inputArtifacts: [{ name: "source" }],
  };
  return { name, actions: [action] };
}

/** Returns a stage with an approval. */
export function approvalStage(name: string): StageDeclaration {
  const actionTypeId = { category: "Approval", owner: "AWS", provider: "Manual", version: "1" } as const;
  return { name, actions: [{ name, actionTypeId }] };
}

function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

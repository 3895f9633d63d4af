import { CodeBuildClient, StartBuildCommand } from "@aws-sdk/client-codebuild";
import {
  ListActionExecutionsCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import { push } from "../../../rehearsal/src/rehearse";
import { approve, Watch, type ExecutionResult } from "../../../rehearsal/src/watch";
import { DeployedPipeline } from "../deployed-pipeline";
import type { Waiting } from "./moments";
import { Production } from "./production";

/** The bucket of the states. */
export const STATES = "hw-rehearsal-artifacts-state";

/** The bucket of the artifacts. */
export const ARTIFACTS = "hw-rehearsal-artifacts";

/** What is read here of a state. */
interface State {
  readonly resources: { type: string; instances: { attributes: { api_endpoint?: string } }[] }[];
}

/** What a command printed, and how it ended. */
export interface Said {
  readonly code: number;
  readonly output: string;
}

/** A rehearsal in which things are broken, and the person who mends them. */
export class Stand extends DeployedPipeline {
  /** Pushes the clone's commit, and waits for the end of the execution that it starts. */
  async push(): Promise<ExecutionResult> {
    return (await this.begin()).ended;
  }

  /** Pushes the clone's commit. @returns, once it has started an execution, that one's end */
  async begin(): Promise<{ ended: Promise<ExecutionResult> }> {
    const { executionId, watch } = await push(this.session);
    return { ended: this.executionEnd(executionId, watch) };
  }

  /** Tries the stage of an execution again, and waits for the end. */
  async retry(pipelineExecutionId: string, stageName: string): Promise<ExecutionResult> {
    const watch = new Watch(this.session.aws);
    await this.codepipeline.send(
      new RetryStageExecutionCommand({
        pipelineName: this.session.pipeline,
        stageName,
        pipelineExecutionId,
        retryMode: "FAILED_ACTIONS",
      }),
    );
    return this.executionEnd(pipelineExecutionId, watch);
  }

  /**
   * Starts a build of a step outside of the pipeline, with the artifact that UnitTest made last.
   * @returns its id, at once
   */
  async start(step: string): Promise<string> {
    const { build } = await new CodeBuildClient(this.client).send(
      new StartBuildCommand({
        projectName: `hw-${step}`,
        sourceTypeOverride: "S3",
        sourceLocationOverride: `${ARTIFACTS}/${await this.newestArtifact()}`,
        artifactsOverride: { type: "NO_ARTIFACTS" },
        environmentVariablesOverride: [{ name: "BUILD_DIGEST", value: await this.digest() }],
      }),
    );
    return build!.id!;
  }

  /** The digest of that artifact, as CheckBuild has found it. */
  private async digest(): Promise<string> {
    const { actionExecutionDetails = [] } = await this.codepipeline.send(
      new ListActionExecutionsCommand({ pipelineName: this.session.pipeline }),
    );
    const checked = actionExecutionDetails.find(
      ({ actionName, status }) => actionName === "CheckBuild" && status === "Succeeded",
    );
    return checked?.output?.outputVariables?.BUILD_DIGEST ?? "";
  }

  /** Waits for the end of a build. @returns how it ended, and its log */
  async ended(id: string): Promise<{ status: string | undefined; log: string }> {
    const { codebuild } = this.session.aws;
    while (!codebuild.build(id)?.buildComplete) await pause(100);
    return { status: codebuild.build(id)?.buildStatus, log: this.log(id) };
  }

  /** What a build has printed. */
  log(id: string | undefined): string {
    return stripVTControlCharacters(readFileSync(this.session.aws.codebuild.logFile(id!), "utf8"));
  }

  /** Runs an npm script in the clone, and types what it is to be answered. */
  npm(script: string[], typed?: string): Promise<Said> {
    return this.run("npm", ["run", "--silent", ...script], typed);
  }

  /** Whether Terraform finds nothing to change in a stack as the clone defines it. @returns what it says otherwise */
  async isAsDefined(stack: string): Promise<true | string> {
    const terraform = (...args: string[]) =>
      this.run("terraform", [`-chdir=cdktf.out/stacks/${stack}`, ...args]);
    await this.run("node", ["tasks/app.mjs"]);
    await terraform("init", "-input=false");
    const { code, output } = await terraform(
      "plan",
      "-input=false",
      "-lock=false",
      "-no-color",
      "-detailed-exitcode",
    );
    return code === 0 || output;
  }

  private async run(command: string, args: string[], typed = ""): Promise<Said> {
    const child = spawn(command, args, {
      cwd: this.session.workstation.clone,
      env: {
        ...this.session.workstation.environment(),
        CODEBUILD_RESOLVED_SOURCE_VERSION: await this.session.workstation.head(),
      },
    });
    child.stdin.end(typed);
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await once(child, "close")) as [number];
    return { code, output: stripVTControlCharacters((await said).join("")) };
  }

  /** What `npm run diff` says of each stack. */
  async diff(): Promise<Record<string, string>> {
    const { output } = await this.npm(["diff"]);
    const summary = output.slice(output.lastIndexOf("\nSummary")).matchAll(/^ {2}(\S+) +(.+)$/gm);
    return Object.fromEntries([...summary].map(([, stack = "", outcome = ""]) => [stack, outcome]));
  }

  /** The keys in the bucket of the states, or in another one. */
  async keys(Bucket = STATES, Prefix = ""): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key }) => Key!);
  }

  /** Whether the state of a stack is locked. */
  async isLocked(stack: string): Promise<boolean> {
    return (await this.keys()).includes(`hw/${stack}.tfstate.tflock`);
  }

  /** Somebody changes by hand what the next apply of a service stack changes back. */
  async drift(environment: string): Promise<void> {
    const FunctionName = `hw-${environment}-record-object`;
    await new LambdaClient(clientConfig(this.session.aws.context)).send(
      new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 128 }),
    );
  }

  /** A person removes the lock that a Terraform which was killed has left: with SIGTERM it leaves none. */
  async unlock(stack: string, signal: NodeJS.Signals): Promise<void> {
    if (!(await this.isLocked(stack))) return;
    expect(signal).toBe("SIGKILL");
    const { output } = await this.npm(["state:unlock", "--", stack], `${stack}\n`);
    expect(output).toMatch(
      new RegExp(`${stack}: locked since .*; no running build works on this stack[^]*Removed\\.`),
    );
  }

  get s3(): S3Client {
    return new S3Client({ ...clientConfig(this.session.aws.context), forcePathStyle: true });
  }

  /** Asks production from now on, all the time. */
  async watchProduction(): Promise<Production> {
    const { resources } = JSON.parse(await this.state("service-prod")) as State;
    const api = resources.find(({ type }) => type === "aws_apigatewayv2_api");
    return new Production(`${api?.instances[0]?.attributes.api_endpoint}/health`);
  }

  /** The state of a stack as it lies in the bucket. */
  async state(stack: string): Promise<string> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: STATES, Key: `hw/${stack}.tfstate` }));
    return (await Body?.transformToString()) ?? "";
  }

  private async newestArtifact(): Promise<string> {
    const { Contents = [] } = await this.s3.send(
      new ListObjectsV2Command({ Bucket: ARTIFACTS, Prefix: "hw-pipeline/Build/" }),
    );
    return Contents.sort((a, b) => Number(b.LastModified) - Number(a.LastModified))[0]!.Key!;
  }

  /** Starts an execution by hand, and waits for its end. */
  async startPipeline(): Promise<ExecutionResult> {
    const watch = new Watch(this.session.aws);
    const { pipelineExecutionId } = await this.codepipeline.send(
      new StartPipelineExecutionCommand({ name: this.session.pipeline }),
    );
    return this.executionEnd(pipelineExecutionId!, watch);
  }

  /** Waits until a moment has come. */
  async until(waiting: Waiting): Promise<void> {
    while (!waiting.came()) await pause(20);
    waiting.end();
  }

  private async executionEnd(id: string, watch: Watch): Promise<ExecutionResult> {
    const { aws } = this.session;
    try {
      return await watch.execution(id, new AbortController().signal, (change) => {
        const waits = change.kind === "action" && change.type.category === "Approval";
        if (waits && change.state === "STARTED") void approve(aws, change);
      });
    } finally {
      watch.end();
    }
  }
}

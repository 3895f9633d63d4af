import { CodeBuildClient, StartBuildCommand } from "@aws-sdk/client-codebuild";
import {
  ListActionExecutionsCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import { push } from "../../../rehearsal/src/rehearse";
import { Watch, type ExecutionResult } from "../../../rehearsal/src/watch";
import type { CommandResult } from "../command";
import { Harness } from "../harness";
import { Production } from "./production";

/** The state bucket. */
export const STATES = "hw-rehearsal-artifacts-state";

/** The artifact bucket. */
export const ARTIFACTS = "hw-rehearsal-artifacts";

interface State {
  readonly resources: { type: string; instances: { attributes: { api_endpoint?: string } }[] }[];
}

/** A deployed pipeline in which a test injects faults, and the operator who repairs it. */
export class FaultHarness extends Harness {
  /** Pushes the clone's commit, and waits until the execution that it starts has ended. */
  async deliver(): Promise<ExecutionResult> {
    return (await this.startDelivery()).ended;
  }

  /** Pushes the clone's commit, and waits until it has started an execution. @returns the end of that one */
  async startDelivery(): Promise<{ ended: Promise<ExecutionResult> }> {
    const { executionId, watch } = await push(this.session);
    return { ended: this.executionEnd(executionId, watch) };
  }

  /** Retries a failed stage of an execution, and waits until the execution has ended. */
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
   * Starts a build of a step outside of the pipeline, with the newest artifact of UnitTest.
   * @returns the id of the build
   */
  async startBuild(step: string): Promise<string> {
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

  /** Returns the digest of that artifact, as CheckBuild has exported it. */
  private async digest(): Promise<string> {
    const { actionExecutionDetails = [] } = await this.codepipeline.send(
      new ListActionExecutionsCommand({ pipelineName: this.session.pipeline }),
    );
    const checked = actionExecutionDetails.find(
      ({ actionName, status }) => actionName === "CheckBuild" && status === "Succeeded",
    );
    return checked?.output?.outputVariables?.BUILD_DIGEST ?? "";
  }

  /** Waits until a build has ended. */
  async buildEnd(id: string): Promise<{ status: string | undefined; log: string }> {
    const { codebuild } = this.session.aws;
    const { buildStatus } = await this.eventually(`the build ${id} ends`, () => {
      const build = codebuild.build(id);
      return build?.buildComplete && build;
    });
    return { status: buildStatus, log: this.buildLog(id) };
  }

  /** Returns what a build has printed. */
  buildLog(id: string | undefined): string {
    return stripVTControlCharacters(readFileSync(this.session.aws.codebuild.logFile(id!), "utf8"));
  }

  /** Runs a command in the clone, where stacks are synthesized as in a build of the clone's commit. */
  override async run(command: string, args: readonly string[], input?: string): Promise<CommandResult> {
    const CODEBUILD_RESOLVED_SOURCE_VERSION = await this.session.workstation.head();
    return super.run(command, args, input, { CODEBUILD_RESOLVED_SOURCE_VERSION });
  }

  /** Plans a stack as the clone defines it. @returns true without changes, otherwise Terraform's output */
  async isAsDefined(stack: string): Promise<true | string> {
    const chdir = `-chdir=cdktf.out/stacks/${stack}`;
    const plan = ["plan", "-input=false", "-lock=false", "-no-color", "-detailed-exitcode"];
    await this.run("node", ["tasks/app.mjs"]);
    await this.run("terraform", [chdir, "init", "-input=false"]);
    const { code, output } = await this.run("terraform", [chdir, ...plan]);
    return code === 0 || output;
  }

  /** Returns the summary of `npm run diff`, by stack. */
  async diff(): Promise<Record<string, string>> {
    const { stdout } = await this.npm("diff");
    const summary = stdout.slice(stdout.lastIndexOf("\nSummary")).matchAll(/^ {2}(\S+) +(.+)$/gm);
    return Object.fromEntries([...summary].map(([, stack = "", outcome = ""]) => [stack, outcome]));
  }

  /** Lists the keys of a bucket. */
  async keys(Bucket = STATES, Prefix = ""): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key }) => Key!);
  }

  /** Whether the state of a stack is locked. */
  async isLocked(stack: string): Promise<boolean> {
    return (await this.keys()).includes(`hw/${stack}.tfstate.tflock`);
  }

  /** Changes a function by hand. The next apply of the service stack changes it back. */
  async drift(environment: string): Promise<void> {
    const FunctionName = `hw-${environment}-record-object`;
    await new LambdaClient(clientConfig(this.session.aws.context)).send(
      new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 128 }),
    );
  }

  /** Removes the lock of a Terraform process that was killed. After SIGTERM there is none. */
  async unlock(stack: string, signal: NodeJS.Signals): Promise<void> {
    if (!(await this.isLocked(stack))) return;
    expect(signal).toBe("SIGKILL");
    const { output } = await this.npm("state:unlock", [stack], `${stack}\n`);
    expect(output).toMatch(
      new RegExp(`${stack}: locked since .*; no running build works on this stack[^]*Removed\\.`),
    );
  }

  get s3(): S3Client {
    return new S3Client({ ...clientConfig(this.session.aws.context), forcePathStyle: true });
  }

  /** Starts to send requests to production. */
  async watchProduction(): Promise<Production> {
    const { resources } = JSON.parse(await this.state("service-prod")) as State;
    const api = resources.find(({ type }) => type === "aws_apigatewayv2_api");
    return new Production(`${api?.instances[0]?.attributes.api_endpoint}/health`);
  }

  /** Returns the state of a stack from the bucket. */
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

  /** Starts an execution by hand, and waits until it has ended. */
  async startPipeline(): Promise<ExecutionResult> {
    const watch = new Watch(this.session.aws);
    const { pipelineExecutionId } = await this.codepipeline.send(
      new StartPipelineExecutionCommand({ name: this.session.pipeline }),
    );
    return this.executionEnd(pipelineExecutionId!, watch);
  }

  private async executionEnd(id: string, watch: Watch): Promise<ExecutionResult> {
    try {
      return await watch.execution(id, new AbortController().signal);
    } finally {
      watch.end();
    }
  }
}

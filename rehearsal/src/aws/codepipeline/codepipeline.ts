import { randomBytes } from "node:crypto";
import type {
  ExecutionTrigger,
  PipelineDeclaration,
  Tag,
  WebhookDefinition,
} from "@aws-sdk/client-codepipeline";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";
import type { Report } from "../state-change";
import type { ActionProviders } from "./actions/action";
import type { Approvals } from "./approvals";
import { Engine } from "./engine";
import type { Execution, Overrides } from "./execution";
import { Pipeline } from "./pipeline";
import type { Stage } from "./stage";
import { checkStructure } from "./structure";
import { Webhook, WEBHOOK_PATH } from "./webhook";

/** The active executions of one pipeline in QUEUED mode. */
const QUEUE_LIMIT = 50;

/** What CodePipeline depends on. */
export interface Dependencies {
  readonly providers: ActionProviders;
  readonly approvals: Approvals;
  readonly report: Report;
}

/** The state of CodePipeline for a later session. */
export interface SavedPipelines {
  readonly pipelines: readonly Pipeline[];
  readonly webhooks: readonly Webhook[];
}

/** The pipelines and webhooks of an account, and the engine that runs them. */
export class CodePipeline {
  readonly engine: Engine;
  readonly approvals: Approvals;
  private readonly pipelines = new Map<string, Pipeline>();
  private readonly webhooksByName = new Map<string, Webhook>();
  private readonly providers: ActionProviders;
  private isStopped = false;

  constructor(
    private readonly aws: AwsContext,
    { providers, approvals, report }: Dependencies,
  ) {
    this.engine = new Engine({ providers, report });
    this.approvals = approvals;
    this.providers = providers;
  }

  all(): Pipeline[] {
    return [...this.pipelines.values()];
  }

  find(name: string): Pipeline | undefined {
    return this.pipelines.get(name);
  }

  /** @throws PipelineNotFoundException */
  get(name: string): Pipeline {
    const pipeline = this.pipelines.get(name);
    if (pipeline) return pipeline;
    const message = `Account '${this.aws.account}' does not have a pipeline with name '${name}'`;
    throw new AwsError("PipelineNotFoundException", message);
  }

  /** @throws StageNotFoundException, PipelineNotFoundException */
  getStage(pipelineName: string, stageName: string): { pipeline: Pipeline; stage: Stage } {
    const pipeline = this.get(pipelineName);
    const stage = pipeline.stage(stageName);
    if (stage) return { pipeline, stage };
    throw new AwsError("StageNotFoundException", `Pipeline '${pipelineName}' has no stage '${stageName}'`);
  }

  /** @throws PipelineExecutionNotFoundException, PipelineNotFoundException */
  getExecution(pipelineName: string, id: string): { pipeline: Pipeline; execution: Execution } {
    const pipeline = this.get(pipelineName);
    const execution = pipeline.execution(id);
    if (execution) return { pipeline, execution };
    const message = `Pipeline '${pipelineName}' has no execution '${id}'`;
    throw new AwsError("PipelineExecutionNotFoundException", message);
  }

  /**
   * Creates a pipeline and, as AWS does, starts it.
   * @param caller ARN of the caller
   */
  create(declaration: PipelineDeclaration, tags: readonly Tag[], caller: string): Pipeline {
    const name = declaration.name!;
    if (this.pipelines.has(name)) {
      throw new AwsError("PipelineNameInUseException", `A pipeline with the name '${name}' already exists`);
    }
    checkStructure(declaration, this.providers);
    const pipeline = new Pipeline(this.arn(name), declaration);
    pipeline.tags = tags;
    this.pipelines.set(name, pipeline);
    this.start(pipeline, { triggerType: "CreatePipeline", triggerDetail: caller });
    return pipeline;
  }

  /** Updates a pipeline's structure. As in AWS, active executions are cancelled, and no new one starts. */
  update(declaration: PipelineDeclaration): Pipeline {
    const pipeline = this.get(declaration.name!);
    checkStructure(declaration, this.providers);
    this.engine.cancelAll(pipeline, "The pipeline's structure was updated.");
    pipeline.update(declaration);
    return pipeline;
  }

  delete(name: string): void {
    const pipeline = this.pipelines.get(name);
    if (!pipeline) return;
    this.engine.cancelAll(pipeline, "The pipeline was deleted.");
    this.pipelines.delete(name);
  }

  /** @throws ConcurrentPipelineExecutionsLimitExceededException in QUEUED mode */
  start(pipeline: Pipeline, trigger: ExecutionTrigger, overrides?: Overrides): Execution {
    if (this.isStopped) throw new AwsError("ServiceUnavailableException", "The rehearsal is stopping", 503);
    const active = pipeline.executions.filter(({ isActive }) => isActive).length;
    if (pipeline.declaration.executionMode === "QUEUED" && active >= QUEUE_LIMIT) {
      const message = `Pipeline '${pipeline.name}' has ${QUEUE_LIMIT} active executions, which is the limit`;
      throw new AwsError("ConcurrentPipelineExecutionsLimitExceededException", message);
    }
    return this.engine.start(pipeline, trigger, overrides);
  }

  webhooks(): Webhook[] {
    return [...this.webhooksByName.values()];
  }

  /** Returns the webhook with a URL, of which only path and query are compared. */
  webhookAt(url: string): Webhook | undefined {
    return this.webhooks().find((webhook) => webhook.url === `${this.aws.endpoint}${url}`);
  }

  /** Creates a webhook, or updates the one of that name, which keeps its URL. */
  putWebhook(definition: WebhookDefinition, tags: readonly Tag[] | undefined): Webhook {
    const name = definition.name!;
    const token = randomBytes(32).toString("base64url");
    const url = `${this.aws.endpoint}${WEBHOOK_PATH}?t=${token}`;
    const webhook =
      this.webhooksByName.get(name) ?? new Webhook(this.arn(`webhook:${name}`), url, definition);
    webhook.definition = definition;
    if (tags) webhook.tags = tags;
    this.webhooksByName.set(name, webhook);
    return webhook;
  }

  deleteWebhook(name: string): void {
    this.webhooksByName.delete(name);
  }

  /**
   * Returns the resource with an ARN, which has tags.
   * @throws InvalidArnException, ResourceNotFoundException
   */
  tagged(arn: string): { tags: readonly Tag[] } {
    if (!arn.startsWith(this.arn(""))) throw new AwsError("InvalidArnException", `Invalid ARN: ${arn}`);
    const resource = [...this.all(), ...this.webhooks()].find((item) => item.arn === arn);
    if (!resource) throw new AwsError("ResourceNotFoundException", `There is no resource ${arn}`);
    return resource;
  }

  /**
   * Returns the complete state for a later session.
   * @throws while an execution is active
   */
  save(): SavedPipelines {
    const active = this.all().find((pipeline) => pipeline.executions.some(({ isActive }) => isActive));
    if (active)
      throw new Error(`${active.name} has an active execution. Save the session when it has finished.`);
    return { pipelines: [...this.pipelines.values()], webhooks: [...this.webhooksByName.values()] };
  }

  /** Restores the state of an earlier session. Starts nothing. */
  restore({ pipelines, webhooks }: SavedPipelines): void {
    for (const pipeline of pipelines) this.pipelines.set(pipeline.name, pipeline);
    for (const webhook of webhooks) this.webhooksByName.set(webhook.definition.name!, webhook);
  }

  /** Cancels all executions, and starts no more. Running builds continue: CodeBuild stops them. */
  stop(): void {
    this.isStopped = true;
    for (const pipeline of this.all()) this.engine.cancelAll(pipeline, "The rehearsal has ended.");
  }

  private arn(resource: string): string {
    return `arn:aws:codepipeline:${this.aws.region}:${this.aws.account}:${resource}`;
  }
}

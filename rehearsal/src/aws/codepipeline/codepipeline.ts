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

/** Executions of one pipeline that may be under way in QUEUED mode. */
const QUEUE = 50;

/** Whom CodePipeline works with. */
export interface Partners {
  readonly providers: ActionProviders;
  readonly approvals: Approvals;
  readonly report: Report;
}

/** What CodePipeline keeps for a later session. */
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
  private stopped = false;

  constructor(
    private readonly aws: AwsContext,
    { providers, approvals, report }: Partners,
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
   * @param caller ARN of who creates it
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

  /** Changes a pipeline's structure. What runs is cancelled and nothing new starts, as on AWS. */
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
    if (this.stopped) throw new AwsError("ServiceUnavailableException", "The rehearsal is ending", 503);
    const active = pipeline.executions.filter(({ isActive }) => isActive).length;
    if (pipeline.declaration.executionMode === "QUEUED" && active >= QUEUE) {
      const message = `Pipeline '${pipeline.name}' has ${QUEUE} executions under way, which is the limit`;
      throw new AwsError("ConcurrentPipelineExecutionsLimitExceededException", message);
    }
    return this.engine.start(pipeline, trigger, overrides);
  }

  webhooks(): Webhook[] {
    return [...this.webhooksByName.values()];
  }

  /** The webhook a URL belongs to; only path and query are looked at. */
  webhookAt(url: string): Webhook | undefined {
    return this.webhooks().find((webhook) => webhook.url === `${this.aws.endpoint}${url}`);
  }

  /** Creates a webhook, or changes the one of that name, which keeps its URL. */
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
   * What has tags under an ARN.
   * @throws InvalidArnException, ResourceNotFoundException
   */
  tagged(arn: string): { tags: readonly Tag[] } {
    if (!arn.startsWith(this.arn(""))) throw new AwsError("InvalidArnException", `Invalid ARN: ${arn}`);
    const resource = [...this.all(), ...this.webhooks()].find((item) => item.arn === arn);
    if (!resource) throw new AwsError("ResourceNotFoundException", `There is no resource ${arn}`);
    return resource;
  }

  /**
   * The complete state, for a later session.
   * @throws while an execution is in progress: what it waits for can't be saved
   */
  save(): SavedPipelines {
    const active = this.all().find((pipeline) => pipeline.executions.some(({ isActive }) => isActive));
    if (active)
      throw new Error(`${active.name} has an execution in progress. Save it when that has finished.`);
    return { pipelines: [...this.pipelines.values()], webhooks: [...this.webhooksByName.values()] };
  }

  /** Takes the place of the session that saved this. Starts nothing. */
  restore({ pipelines, webhooks }: SavedPipelines): void {
    for (const pipeline of pipelines) this.pipelines.set(pipeline.name, pipeline);
    for (const webhook of webhooks) this.webhooksByName.set(webhook.definition.name!, webhook);
  }

  /** Cancels everything and starts nothing more. Builds go on: whoever runs them ends them. */
  stop(): void {
    this.stopped = true;
    for (const pipeline of this.all()) this.engine.cancelAll(pipeline, "The rehearsal has ended.");
  }

  private arn(resource: string): string {
    return `arn:aws:codepipeline:${this.aws.region}:${this.aws.account}:${resource}`;
  }
}

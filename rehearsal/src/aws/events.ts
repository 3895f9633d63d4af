import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { Build } from "@aws-sdk/client-codebuild";
import { clientConfig } from "./client-config";
import type { AwsContext } from "./aws-context";
import { errorLine, type ActionChange, type Report, type StateChange } from "./state-change";

/** Entries that one PutEvents accepts. */
const BATCH = 10;

/** Events that wait while the emulator is slow or down; beyond that, the oldest are dropped. */
const QUEUE_LIMIT = 1000;

/** Sends state changes to the default event bus in order, as CodePipeline and CodeBuild do. */
export class EventBus {
  private readonly client: EventBridgeClient;
  private readonly queue: PutEventsRequestEntry[] = [];
  private readonly buildStatuses = new Map<string, string>();
  private readonly stopped = new AbortController();
  private sending: Promise<void> | undefined;
  private dropped = 0;

  constructor(
    private readonly aws: AwsContext,
    private readonly report: Report,
  ) {
    this.client = new EventBridgeClient({ ...clientConfig(aws), maxAttempts: 2 });
  }

  /** Queues the event of a change, if EventBridge has one for it. */
  publish(change: StateChange): void {
    const entry = this.entry(change);
    if (entry) this.send(entry);
  }

  /** Queues an event. */
  send(entry: PutEventsRequestEntry): void {
    if (this.stopped.signal.aborted) return;
    if (this.queue.length >= QUEUE_LIMIT) {
      this.queue.shift();
      this.dropped += 1;
    }
    this.queue.push({ ...entry, Time: new Date() });
    this.sending ??= this.sendAll().finally(() => (this.sending = undefined));
  }

  /** Waits until all queued events have been sent. */
  async flush(): Promise<void> {
    await this.sending;
  }

  /** Stops sending, and discards the queue. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.sending;
    this.client.destroy();
  }

  private async sendAll(): Promise<void> {
    // One PutEvents sends all entries of a turn of the event loop.
    await Promise.resolve();
    while (this.queue.length > 0 && !this.stopped.signal.aborted) {
      const entries = this.queue.splice(0, BATCH);
      try {
        const answer = await this.client.send(new PutEventsCommand({ Entries: entries }), {
          abortSignal: this.stopped.signal,
        });
        const rejected = answer.Entries?.find((entry) => entry.ErrorCode);
        if (rejected) this.reportFailure(`${rejected.ErrorCode}: ${rejected.ErrorMessage}`);
      } catch (error) {
        if (!this.stopped.signal.aborted) this.reportFailure((error as Error).message);
      }
      if (this.dropped > 0) this.reportFailure(`${this.dropped} were dropped because the queue was full`);
      this.dropped = 0;
    }
  }

  private reportFailure(reason: string): void {
    this.report(errorLine(`Events could not be sent to EventBridge: ${reason}`));
  }

  private entry(change: StateChange): PutEventsRequestEntry | undefined {
    if (change.kind === "build") return this.buildEntry(change.build);
    if (change.kind === "webhook" || change.kind === "log" || !change.state) return undefined;
    return {
      Source: "aws.codepipeline",
      DetailType: `CodePipeline ${TITLES[change.kind]} Execution State Change`,
      Resources: [change.pipelineArn],
      Detail: JSON.stringify({
        pipeline: change.pipeline,
        "execution-id": change.executionId,
        "start-time": change.startTime.toISOString(),
        state: change.state,
        version: change.version,
        "pipeline-execution-attempt": change.attempt,
        ...(change.kind === "execution" && {
          "execution-trigger": {
            "trigger-type": change.trigger.triggerType,
            "trigger-detail": change.trigger.triggerDetail,
          },
        }),
        ...(change.kind === "stage" && { stage: change.stage }),
        ...(change.kind === "action" && actionDetail(change, this.aws.region)),
      }),
    };
  }

  private buildEntry(build: Build): PutEventsRequestEntry | undefined {
    const { id, arn } = build;
    if (!id || !arn) return undefined;
    // Every phase is reported, but only a new status is an event. The final status is sent with the last phase.
    const status = build.buildComplete ? build.buildStatus : "IN_PROGRESS";
    if (!status || this.buildStatuses.get(id) === status) return undefined;
    if (build.buildComplete) this.buildStatuses.delete(id);
    else this.buildStatuses.set(id, status);
    return {
      Source: "aws.codebuild",
      DetailType: "CodeBuild Build State Change",
      Resources: [arn],
      Detail: JSON.stringify({
        "build-status": status,
        "project-name": build.projectName,
        "build-id": arn,
        "current-phase": build.currentPhase,
        version: "1",
        "additional-information": {
          "build-complete": build.buildComplete,
          "build-number": build.buildNumber,
          "build-start-time": build.startTime,
          "source-version": build.sourceVersion,
          initiator: build.initiator,
          logs: { "group-name": build.logs?.groupName, "stream-name": build.logs?.streamName },
          phases: build.phases?.map((phase) => ({
            "phase-type": phase.phaseType,
            "phase-status": phase.phaseStatus,
            "phase-context": phase.contexts?.map(({ statusCode, message }) => `${statusCode}: ${message}`),
            "start-time": phase.startTime,
            "end-time": phase.endTime,
            "duration-in-seconds": phase.durationInSeconds,
          })),
        },
      }),
    };
  }
}

const TITLES = { execution: "Pipeline", stage: "Stage", action: "Action" } as const;

function actionDetail(change: ActionChange, region: string): object {
  return {
    stage: change.stage,
    action: change.action,
    "action-execution-id": change.actionExecutionId,
    region,
    type: change.type,
    "input-artifacts": change.inputs,
    "output-artifacts": change.outputs,
    ...(change.state !== "STARTED" && {
      "execution-result": {
        "external-execution-id": change.externalExecutionId,
        "external-execution-url": change.externalExecutionUrl,
        "external-execution-summary": change.error?.message ?? change.summary,
        "error-code": change.error?.code,
      },
    }),
  };
}

import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
  RetryStageExecutionCommand,
  type PipelineExecutionSummary,
} from "@aws-sdk/client-codepipeline";
import { setTimeout as pause } from "node:timers/promises";

/** What an operator of the pipeline sees and does. */
export class Operator {
  constructor(
    private readonly config: { endpoint: string; region: string; credentials: Credentials },
    private readonly pipeline: string,
    private readonly page: string,
  ) {}

  async executions(): Promise<PipelineExecutionSummary[]> {
    const client = new CodePipelineClient(this.config);
    const { pipelineExecutionSummaries } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName: this.pipeline }),
    );
    return pipelineExecutionSummaries ?? [];
  }

  /**
   * The executions of a commit, newest first, once there are so many and all of them are over; approves
   * what waits on the way.
   */
  async whenOver(commit: string, count: number): Promise<PipelineExecutionSummary[]> {
    for (;;) {
      const executions = await this.executions();
      const own = executions.filter(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === commit);
      const running = executions.filter(({ status }) => status === "InProgress" || status === "Stopping");
      if (own.length >= count && running.length === 0) return own;
      await this.approveWhatWaits();
      await pause(500);
    }
  }

  async approveWhatWaits(): Promise<void> {
    const client = new CodePipelineClient(this.config);
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: this.pipeline }));
    for (const { stageName, actionStates } of stageStates ?? []) {
      for (const { actionName, latestExecution } of actionStates ?? []) {
        if (latestExecution?.status !== "InProgress" || !latestExecution.token) continue;
        await client.send(
          new PutApprovalResultCommand({
            pipelineName: this.pipeline,
            stageName,
            actionName,
            token: latestExecution.token,
            result: { status: "Approved", summary: "by a test" },
          }),
        );
      }
    }
  }

  /** What a person is told who has to approve, and the plan that the page shows beside it. */
  async waiting(): Promise<{ says: string; plan: string }> {
    const client = new CodePipelineClient(this.config);
    for (;;) {
      const { actionExecutionDetails = [] } = await client.send(
        new ListActionExecutionsCommand({ pipelineName: this.pipeline }),
      );
      const run = actionExecutionDetails.find(
        ({ input, status }) => input?.actionTypeId?.category === "Approval" && status === "InProgress",
      );
      if (run) {
        const path = [this.pipeline, run.pipelineExecutionId, run.actionExecutionId].join("/");
        const answer = await fetch(`${this.page}plans/${path}`);
        return { says: run.input?.resolvedConfiguration?.CustomData ?? "", plan: await answer.text() };
      }
      await pause(500);
    }
  }

  /** How the stage that was entered last ended. */
  async whenEnded(stage: string): Promise<string> {
    for (;;) {
      const status = (await this.stages())[stage];
      const [latest] = await this.executions();
      if (latest?.status !== "InProgress" && status !== undefined && status !== "InProgress") return status;
      await pause(500);
    }
  }

  /** Tries a failed stage of the newest execution again. */
  async retry(stageName: string): Promise<void> {
    const [latest] = await this.executions();
    await new CodePipelineClient(this.config).send(
      new RetryStageExecutionCommand({
        pipelineName: this.pipeline,
        stageName,
        pipelineExecutionId: latest?.pipelineExecutionId,
        retryMode: "FAILED_ACTIONS",
      }),
    );
  }

  /** The log of a project's newest build. */
  async log(project: string): Promise<string> {
    const client = new CloudWatchLogsClient(this.config);
    const logGroupName = `/aws/codebuild/${project}`;
    const { logStreams = [] } = await client.send(
      new DescribeLogStreamsCommand({ logGroupName, orderBy: "LastEventTime", descending: true }),
    );
    const { events = [] } = await client.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName: logStreams[0]?.logStreamName,
        startFromHead: true,
      }),
    );
    return events.map(({ message }) => message).join("\n");
  }

  /** Changes by hand how many days a log group keeps what is in it. @returns how many it was before */
  async retention(logGroupName: string, retentionInDays: number): Promise<number> {
    const client = new CloudWatchLogsClient(this.config);
    const { logGroups = [] } = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
    );
    await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
    return logGroups[0]?.retentionInDays ?? 0;
  }

  async stages(): Promise<Record<string, string | undefined>> {
    const client = new CodePipelineClient(this.config);
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: this.pipeline }));
    return Object.fromEntries(
      (stageStates ?? []).map(({ stageName = "", latestExecution }) => [stageName, latestExecution?.status]),
    );
  }
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

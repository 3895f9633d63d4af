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
import { eventually } from "../../rehearsal/__tests__/support/eventually";

/** Seconds in which an execution ends or gets to an approval. */
const EXECUTION_SECONDS = 900;

/** The operator of a pipeline, who watches executions and approves them. */
export class Operator {
  constructor(
    private readonly config: { endpoint: string; region: string; credentials: Credentials },
    private readonly pipeline: string,
    private readonly dashboard: string,
  ) {}

  async executions(): Promise<PipelineExecutionSummary[]> {
    const client = new CodePipelineClient(this.config);
    const { pipelineExecutionSummaries } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName: this.pipeline }),
    );
    return pipelineExecutionSummaries ?? [];
  }

  /**
   * Waits until so many executions of a commit have ended, and approves everything on the way.
   * @returns them, the newest first
   */
  whenEnded(commit: string, count: number): Promise<PipelineExecutionSummary[]> {
    const check = async () => {
      const executions = await this.executions();
      const own = executions.filter(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === commit);
      const running = executions.filter(({ status }) => status === "InProgress" || status === "Stopping");
      if (own.length >= count && running.length === 0) return own;
      await this.approveAll();
      return undefined;
    };
    return eventually(`${count} executions of ${commit} end`, check, EXECUTION_SECONDS);
  }

  async approveAll(): Promise<void> {
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

  /** Waits for an approval request. @returns its message and link, and the plan that the dashboard shows */
  async approvalRequest(): Promise<{ message: string; link: string; plan: string }> {
    const client = new CodePipelineClient(this.config);
    const find = async () => {
      const { actionExecutionDetails = [] } = await client.send(
        new ListActionExecutionsCommand({ pipelineName: this.pipeline }),
      );
      return actionExecutionDetails.find(
        ({ input, status }) => input?.actionTypeId?.category === "Approval" && status === "InProgress",
      );
    };
    const run = await eventually("an approval is requested", find, EXECUTION_SECONDS);
    const path = [this.pipeline, run.pipelineExecutionId, run.actionExecutionId].join("/");
    const response = await fetch(`${this.dashboard}plans/${path}`);
    const { CustomData: message = "", ExternalEntityLink: link = "" } =
      run.input?.resolvedConfiguration ?? {};
    return { message, link, plan: await response.text() };
  }

  /** Waits until a stage and its execution have ended. @returns the status of the stage */
  stageResult(stage: string): Promise<string> {
    const check = async () => {
      const status = (await this.stages())[stage];
      const [latest] = await this.executions();
      return latest?.status !== "InProgress" && status !== "InProgress" && status;
    };
    return eventually(`${stage} ends`, check, EXECUTION_SECONDS);
  }

  /** Retries a failed stage of the newest execution. */
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

  /** Returns the log of a project's newest build. */
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

  /** Changes the retention of a log group by hand. @returns the previous one */
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

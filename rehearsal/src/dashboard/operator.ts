import {
  CodePipelineClient,
  GetPipelineStateCommand,
  PutApprovalResultCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";

/** The requests of the page, by name. */
export const requests = {
  start: z.object({}),
  stop: z.object({ execution: z.string(), abandon: z.boolean(), reason: z.string().max(200) }),
  retry: z.object({
    execution: z.string(),
    stage: z.string(),
    mode: z.enum(["FAILED_ACTIONS", "ALL_ACTIONS"]),
  }),
  decide: z.object({
    stage: z.string(),
    action: z.string(),
    /** The run of the action that the reviewer saw. */
    run: z.string(),
    decision: z.enum(["Approved", "Rejected"]),
    comment: z.string().max(512),
  }),
};

type Input<Name extends keyof typeof requests> = z.infer<(typeof requests)[Name]>;

/** The request no longer fits the state of the pipeline. */
export class Conflict extends Error {}

/** Performs the requests of the page with the API calls that the AWS CLI would make. */
export class Operator {
  constructor(private readonly client: CodePipelineClient) {}

  async start(name: string, _: Input<"start">): Promise<string> {
    const { pipelineExecutionId } = await this.client.send(new StartPipelineExecutionCommand({ name }));
    return `Started the execution ${pipelineExecutionId?.slice(0, 8)}.`;
  }

  async stop(pipelineName: string, { execution, ...how }: Input<"stop">): Promise<string> {
    const pipelineExecutionId = execution;
    await this.client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId, ...how }));
    return how.abandon ? "Stopped." : "Stopping when the running actions end.";
  }

  async retry(pipelineName: string, { execution, stage, mode }: Input<"retry">): Promise<string> {
    await this.client.send(
      new RetryStageExecutionCommand({
        pipelineName,
        stageName: stage,
        pipelineExecutionId: execution,
        retryMode: mode,
      }),
    );
    return `Retrying the stage ${stage}.`;
  }

  /** @throws Conflict if the approval in progress is not the run that the reviewer saw */
  async decide(
    pipelineName: string,
    { stage, action, run, decision, comment }: Input<"decide">,
  ): Promise<string> {
    const { stageStates } = await this.client.send(new GetPipelineStateCommand({ name: pipelineName }));
    const { actionStates } = stageStates?.find(({ stageName }) => stageName === stage) ?? {};
    const latest = actionStates?.find(({ actionName }) => actionName === action)?.latestExecution;
    if (!latest || latest.actionExecutionId !== run || latest.status !== "InProgress") {
      throw new Conflict(`${action} is no longer waiting for approval of this change.`);
    }
    await this.client.send(
      new PutApprovalResultCommand({
        pipelineName,
        stageName: stage,
        actionName: action,
        token: latest.token,
        result: { status: decision, summary: comment },
      }),
    );
    return `${decision}.`;
  }
}

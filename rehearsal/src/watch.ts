import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutApprovalResultCommand,
} from "@aws-sdk/client-codepipeline";
import { EventEmitter, on } from "node:events";
import { clientConfig } from "./aws/client-config";
import type { AwsServer } from "./aws/server";
import type { ActionChange, ExecutionChange, StageChange, StateChange } from "./aws/state-change";

/** How one stage of an execution ended. */
export interface StageResult {
  readonly name: string;
  readonly status: string;
  /** From the moment it was entered. */
  readonly seconds: number;
}

/** How an execution ended. */
export interface ExecutionResult {
  readonly id: string;
  readonly status: string;
  readonly stages: readonly StageResult[];
  readonly seconds: number;
  /** The action that failed first, if one did. */
  readonly failure: ActionChange | undefined;
}

const OVER = new Set(["Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"]);

/**
 * Records every state change from its creation on, so that none is missed between an action and waiting for its result.
 */
export class Watch {
  private readonly past: StateChange[] = [];
  private readonly news = new EventEmitter<{ change: [StateChange] }>();

  constructor(private readonly aws: AwsServer) {
    aws.events.on("change", this.remember);
  }

  private readonly remember = (change: StateChange) => {
    this.past.push(change);
    this.news.emit("change", change);
  };

  /** Yields all changes, past ones first, until the signal is aborted. */
  async *changes(signal: AbortSignal): AsyncGenerator<StateChange> {
    const coming = on(this.news, "change", { signal });
    const past = [...this.past];
    yield* past;
    for await (const [change] of coming as AsyncIterable<[StateChange]>) yield change;
  }

  /**
   * Returns the execution that a push started.
   * @throws when the webhook refuses or ignores the delivery, or nothing arrives before the signal is aborted
   */
  async startedByWebhook(signal: AbortSignal): Promise<string> {
    for await (const change of this.changes(signal)) {
      if (change.kind !== "webhook") continue;
      if (change.outcome === "started" && change.executionId) return change.executionId;
      if (change.outcome === "refused") throw new Error(`The webhook refused the push: ${change.reason}`);
    }
    throw new Error("The push started no execution.");
  }

  /** Follows an execution to its end, and reports each change of a stage or an action. */
  async execution(
    id: string,
    signal: AbortSignal,
    tell: (change: StageChange | ActionChange | ExecutionChange) => void = () => undefined,
  ): Promise<ExecutionResult> {
    const stages = new Map<string, { status: string; from: Date; to: Date }>();
    let failure: ActionChange | undefined;
    for await (const change of this.changes(signal)) {
      if (!("executionId" in change) || change.executionId !== id || change.kind === "webhook") continue;
      tell(change);
      if (change.kind === "stage") {
        const from = stages.get(change.stage)?.from ?? change.at;
        stages.set(change.stage, { status: change.status, from, to: change.at });
      }
      if (change.kind === "action" && change.state === "FAILED") failure ??= change;
      if (change.kind === "execution" && OVER.has(change.status)) {
        return {
          id,
          status: change.status,
          stages: [...stages].map(([name, { status, from, to }]) => ({
            name,
            status,
            seconds: between(from, to),
          })),
          seconds: between(change.startTime, change.at),
          failure,
        };
      }
    }
    throw new Error(`The execution ${id} did not end.`);
  }

  /** Stops listening. */
  end(): void {
    this.aws.events.off("change", this.remember);
  }
}

/** Approves a pending approval, as the operator does with the AWS CLI. */
export async function approve(aws: AwsServer, change: ActionChange): Promise<void> {
  const client = operator(aws);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: change.pipeline }));
  const stage = stageStates?.find(({ stageName }) => stageName === change.stage);
  const action = stage?.actionStates?.find(({ actionName }) => actionName === change.action);
  await client.send(
    new PutApprovalResultCommand({
      pipelineName: change.pipeline,
      stageName: change.stage,
      actionName: change.action,
      token: action?.latestExecution?.token,
      result: { status: "Approved", summary: "Approved by the rehearsal" },
    }),
  );
}

/** Returns the variables that an action of an execution exported. */
export async function outputVariables(
  aws: AwsServer,
  pipelineName: string,
  pipelineExecutionId: string,
  actionName: string,
): Promise<Record<string, string>> {
  const client = operator(aws);
  const { actionExecutionDetails } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  return (
    actionExecutionDetails?.find((detail) => detail.actionName === actionName)?.output?.outputVariables ?? {}
  );
}

/** Returns a client as root, which needs no permissions. */
function operator({ context }: AwsServer): CodePipelineClient {
  return new CodePipelineClient({ ...clientConfig(context), endpoint: context.endpoint });
}

function between(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

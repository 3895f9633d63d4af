import type { EventEmitter } from "node:events";
import type { Build } from "@aws-sdk/client-codebuild";
import type {
  ActionExecutionStatus,
  ActionTypeId,
  ErrorDetails,
  ExecutionTrigger,
  PipelineExecutionStatus,
  StageExecutionStatus,
} from "@aws-sdk/client-codepipeline";

/** The states EventBridge knows for pipelines, stages and actions. */
export type State =
  | "STARTED"
  | "SUCCEEDED"
  | "FAILED"
  | "CANCELED"
  | "SUPERSEDED"
  | "STOPPING"
  | "STOPPED"
  | "RESUMED"
  | "ABANDONED";

/** What the changes of an execution, of a stage and of an action have in common. */
interface OfExecution {
  readonly at: Date;
  readonly pipeline: string;
  readonly pipelineArn: string;
  /** Version of the pipeline's structure. */
  readonly version: number;
  readonly executionId: string;
  /** When the execution, stage or action started. */
  readonly startTime: Date;
  /** 1, and one more for each time a stage of the execution was retried. */
  readonly attempt: number;
  /** Undefined where EventBridge has no state for the change: nothing is sent then. */
  readonly state: State | undefined;
}

export interface ExecutionChange extends OfExecution {
  readonly kind: "execution";
  readonly status: PipelineExecutionStatus;
  readonly summary: string | undefined;
  readonly trigger: ExecutionTrigger;
}

export interface StageChange extends OfExecution {
  readonly kind: "stage";
  readonly stage: string;
  readonly status: StageExecutionStatus;
  readonly summary: string | undefined;
}

/** An artifact as EventBridge shows it. */
export interface ArtifactInEvent {
  readonly name: string;
  readonly s3location: { readonly bucket: string; readonly key: string };
}

export interface ActionChange extends OfExecution {
  readonly kind: "action";
  readonly stage: string;
  readonly action: string;
  readonly actionExecutionId: string;
  readonly type: ActionTypeId;
  readonly status: ActionExecutionStatus;
  readonly summary: string | undefined;
  /** The build of a CodeBuild action. */
  readonly externalExecutionId: string | undefined;
  readonly externalExecutionUrl: string | undefined;
  readonly error: ErrorDetails | undefined;
  readonly inputs: readonly ArtifactInEvent[];
  readonly outputs: readonly ArtifactInEvent[];
}

/** A phase or the status of a build has changed. */
export interface BuildChange {
  readonly kind: "build";
  readonly at: Date;
  readonly build: Build;
}

/** Something was posted to a webhook's URL. */
export interface WebhookChange {
  readonly kind: "webhook";
  readonly at: Date;
  /** The webhook's name; undefined when the URL belongs to none. */
  readonly webhook: string | undefined;
  /** GitHub's id of the delivery. */
  readonly delivery: string | undefined;
  readonly outcome: "started" | "ignored" | "duplicate" | "refused";
  readonly reason: string;
  /** The execution it started. */
  readonly executionId: string | undefined;
}

/** A line for the session's log. */
export interface LogLine {
  readonly kind: "log";
  readonly at: Date;
  readonly level: "info" | "error";
  readonly message: string;
}

export type StateChange =
  ExecutionChange | StageChange | ActionChange | BuildChange | WebhookChange | LogLine;

/** Every state change of AWS, in order, as the event `change`. */
export type StateChanges = EventEmitter<{ change: [StateChange] }>;

/** Where parts of AWS tell what has changed. */
export type Report = (change: StateChange) => void;

export function errorLine(message: string): LogLine {
  return { kind: "log", at: new Date(), level: "error", message };
}

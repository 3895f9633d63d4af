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

/** The states of pipelines, stages and actions in EventBridge events. */
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

/** The members that changes of executions, stages and actions share. */
interface OfExecution {
  readonly at: Date;
  readonly pipeline: string;
  readonly pipelineArn: string;
  /** The version of the pipeline's structure. */
  readonly version: number;
  readonly executionId: string;
  /** When the execution, stage or action started. */
  readonly startTime: Date;
  /** 1, plus 1 for each retry of a stage. */
  readonly attempt: number;
  /** Undefined if EventBridge has no event for the change. */
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

/** An artifact in an EventBridge event. */
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
  /** The build ID of a CodeBuild action. */
  readonly externalExecutionId: string | undefined;
  readonly externalExecutionUrl: string | undefined;
  readonly error: ErrorDetails | undefined;
  readonly inputs: readonly ArtifactInEvent[];
  readonly outputs: readonly ArtifactInEvent[];
}

/** A build entered or finished a phase, or its status changed. */
export interface BuildChange {
  readonly kind: "build";
  readonly at: Date;
  readonly build: Build;
}

/** A webhook received a delivery. */
export interface WebhookChange {
  readonly kind: "webhook";
  readonly at: Date;
  /** The webhook's name; undefined if no webhook has the URL. */
  readonly webhook: string | undefined;
  /** GitHub's ID of the delivery. */
  readonly delivery: string | undefined;
  readonly outcome: "started" | "ignored" | "duplicate" | "refused";
  readonly reason: string;
  /** The execution it started. */
  readonly executionId: string | undefined;
}

/** A line of the session log. */
export interface LogLine {
  readonly kind: "log";
  readonly at: Date;
  readonly level: "info" | "error";
  readonly message: string;
}

export type StateChange =
  | ExecutionChange
  | StageChange
  | ActionChange
  | BuildChange
  | WebhookChange
  | LogLine;

/** Emits every state change in order, as the event `change`. */
export type StateChanges = EventEmitter<{ change: [StateChange] }>;

/** Reports a state change. */
export type Report = (change: StateChange) => void;

export function errorLine(message: string): LogLine {
  return { kind: "log", at: new Date(), level: "error", message };
}

import { randomUUID } from "node:crypto";
import type {
  ActionDeclaration,
  ActionExecutionStatus,
  ErrorDetails,
  ExecutionTrigger,
  PipelineDeclaration,
  PipelineExecutionStatus,
  RuleDeclaration,
  RuleExecutionStatus,
  SourceRevision,
} from "@aws-sdk/client-codepipeline";
import type { ArtifactLocation } from "../codebuild/codebuild";

/** A zip in the artifact bucket. */
export interface Artifact extends ArtifactLocation {
  /** The commit it was made from. */
  readonly revision?: string;
}

/** One run of one action. */
export interface ActionRun {
  readonly id: string;
  readonly stage: string;
  readonly declaration: ActionDeclaration;
  readonly startTime: Date;
  readonly inputs: readonly Artifact[];
  readonly outputs: readonly Artifact[];
  lastUpdateTime: Date;
  status: ActionExecutionStatus;
  /** With its variables resolved; secrets masked. */
  resolvedConfiguration?: Record<string, string>;
  outputVariables?: Record<string, string>;
  summary?: string;
  /** What PutApprovalResult must bring along, while an approval waits. */
  token?: string;
  updatedBy?: string;
  externalExecutionId?: string;
  externalExecutionUrl?: string;
  error?: ErrorDetails;
}

/** One evaluation of one rule. */
export interface RuleRun {
  readonly id: string;
  readonly stage: string;
  readonly declaration: RuleDeclaration;
  readonly at: Date;
  readonly status: RuleExecutionStatus;
  readonly summary: string;
  /** With its variables resolved; undefined where one has no value. */
  readonly resolvedConfiguration: Record<string, string> | undefined;
  readonly error: ErrorDetails | undefined;
}

/** Values that StartPipelineExecution brings along. */
export interface Overrides {
  /** Of the pipeline's variables, by name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Commits to fetch instead of the head of the branch, by source action. */
  readonly revisions?: ReadonlyMap<string, string>;
}

/** One run of a pipeline. */
export class Execution {
  readonly id = randomUUID();
  readonly startTime = new Date();
  readonly artifacts = new Map<string, Artifact>();
  readonly actions: ActionRun[] = [];
  readonly rules: RuleRun[] = [];
  readonly sourceRevisions: SourceRevision[] = [];
  /** Values by namespace and name. */
  readonly variables: Map<string, Readonly<Record<string, string>>>;
  lastUpdateTime = this.startTime;
  status: PipelineExecutionStatus = "InProgress";
  statusSummary: string | undefined;
  stopReason: string | undefined;
  /** 1, and one more for each retry of a stage. */
  attempt = 1;
  private abandonController = new AbortController();

  constructor(
    /** The structure it was started with: it never changes under a running execution. */
    readonly declaration: PipelineDeclaration,
    readonly trigger: ExecutionTrigger,
    pipelineVariables: Readonly<Record<string, string>>,
    /** Commits to fetch instead of the head of the branch, by source action. */
    readonly revisions: ReadonlyMap<string, string> = new Map(),
  ) {
    this.variables = new Map([
      ["codepipeline", { PipelineExecutionId: this.id }],
      ["variables", pipelineVariables],
    ]);
  }

  /** Whether it goes on: running, waiting or stopping. */
  get isActive(): boolean {
    return this.status === "InProgress" || this.status === "Stopping";
  }

  get isStopping(): boolean {
    return this.status === "Stopping";
  }

  /** Aborted when nobody waits for the execution's running actions any more. */
  get abandoned(): AbortSignal {
    return this.abandonController.signal;
  }

  setStatus(status: PipelineExecutionStatus, summary?: string): void {
    this.status = status;
    this.statusSummary = summary;
    this.lastUpdateTime = new Date();
  }

  /** Lets go of the running actions; what they have started elsewhere goes on. */
  abandon(): void {
    this.abandonController.abort();
  }

  /** Makes a failed execution go on, for a retry. */
  resume(): void {
    this.abandonController = new AbortController();
    this.attempt += 1;
    this.setStatus("InProgress");
  }

  /** The newest run of an action in this execution. */
  latest(stage: string, action: string): ActionRun | undefined {
    return this.actions.findLast((run) => run.stage === stage && run.declaration.name === action);
  }
}

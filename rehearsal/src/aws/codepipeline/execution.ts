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

/** An artifact: a zip in the artifact bucket. */
export interface Artifact extends ArtifactLocation {
  /** The commit that it was created from. */
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
  /** The configuration with resolved variables and masked secrets. */
  resolvedConfiguration?: Record<string, string>;
  outputVariables?: Record<string, string>;
  summary?: string;
  /** The token for PutApprovalResult while an approval is pending. */
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
  /** The configuration with resolved variables; undefined if one has no value. */
  readonly resolvedConfiguration: Record<string, string> | undefined;
  readonly error: ErrorDetails | undefined;
}

/** The overrides of StartPipelineExecution. */
export interface Overrides {
  /** Values of the pipeline's variables, by name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Commits to fetch instead of the branch's head, by source action. */
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
  /** The values of variables by namespace and name. */
  readonly variables: Map<string, Readonly<Record<string, string>>>;
  lastUpdateTime = this.startTime;
  status: PipelineExecutionStatus = "InProgress";
  statusSummary: string | undefined;
  stopReason: string | undefined;
  /** 1, plus 1 for each retry of a stage. */
  attempt = 1;
  private abandonController = new AbortController();

  constructor(
    /** The pipeline's structure when the execution started. */
    readonly declaration: PipelineDeclaration,
    readonly trigger: ExecutionTrigger,
    pipelineVariables: Readonly<Record<string, string>>,
    /** Commits to fetch instead of the branch's head, by source action. */
    readonly revisions: ReadonlyMap<string, string> = new Map(),
  ) {
    this.variables = new Map([
      ["codepipeline", { PipelineExecutionId: this.id }],
      ["variables", pipelineVariables],
    ]);
  }

  /** Whether it is running, waiting or stopping. */
  get isActive(): boolean {
    return this.status === "InProgress" || this.status === "Stopping";
  }

  get isStopping(): boolean {
    return this.status === "Stopping";
  }

  /** Aborted when the execution is abandoned. */
  get abandoned(): AbortSignal {
    return this.abandonController.signal;
  }

  setStatus(status: PipelineExecutionStatus, summary?: string): void {
    this.status = status;
    this.statusSummary = summary;
    this.lastUpdateTime = new Date();
  }

  /** Abandons the running actions. What they have started, such as a build, continues. */
  abandon(): void {
    this.abandonController.abort();
  }

  /** Makes a failed execution active again for a retry. */
  resume(): void {
    this.abandonController = new AbortController();
    this.attempt += 1;
    this.setStatus("InProgress");
  }

  /** Returns the newest run of an action. */
  latest(stage: string, action: string): ActionRun | undefined {
    return this.actions.findLast((run) => run.stage === stage && run.declaration.name === action);
  }
}

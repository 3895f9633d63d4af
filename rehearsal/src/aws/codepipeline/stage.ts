import type {
  ConditionExecutionStatus,
  RetryTrigger,
  StageDeclaration,
  StageExecutionStatus,
} from "@aws-sdk/client-codepipeline";
import type { ActionRun, Execution, RuleRun } from "./execution";

/** The result of a stage's entry condition. */
export interface EntryState {
  readonly status: ConditionExecutionStatus;
  readonly at: Date;
  readonly rules: readonly RuleRun[];
}

/** A stage of a pipeline: it holds one execution at a time, and others wait for it. */
export class Stage {
  /** The execution that the stage holds. */
  current: Execution | undefined;
  /** Executions that wait to enter: at most one in SUPERSEDED mode, a queue in QUEUED mode. */
  readonly waiting: Execution[] = [];
  /** The last execution that entered, and its status in this stage. */
  latest: { readonly execution: Execution; readonly since: Date; status: StageExecutionStatus } | undefined;
  entry: EntryState | undefined;
  retries: { automatic: number; manual: number; last: RetryTrigger } | undefined;
  /** Whether executions can enter, and who changed that last. */
  transition: { enabled: boolean; reason?: string; by?: string; at?: Date } = { enabled: true };
  /** The newest run of each action in any execution. */
  readonly actions = new Map<string, ActionRun>();

  constructor(public declaration: StageDeclaration) {}

  get name(): string {
    return this.declaration.name!;
  }

  /** Removes an execution, current or waiting. */
  release(execution: Execution): void {
    if (this.current === execution) this.current = undefined;
    const index = this.waiting.indexOf(execution);
    if (index >= 0) this.waiting.splice(index, 1);
  }
}

import type {
  ConditionExecutionStatus,
  RetryTrigger,
  StageDeclaration,
  StageExecutionStatus,
} from "@aws-sdk/client-codepipeline";
import type { ActionRun, Execution, RuleRun } from "./execution";

/** How the entry condition of a stage came out. */
export interface EntryState {
  readonly status: ConditionExecutionStatus;
  readonly at: Date;
  readonly rules: readonly RuleRun[];
}

/** One stage of a pipeline: a lock with one execution inside, and those that wait for it. */
export class Stage {
  /** The execution inside. */
  inside: Execution | undefined;
  /** Executions that wait to enter: one at most in SUPERSEDED mode, a queue in QUEUED mode. */
  readonly waiting: Execution[] = [];
  /** The last execution that came in, and how it fares. */
  latest: { readonly execution: Execution; readonly since: Date; status: StageExecutionStatus } | undefined;
  entry: EntryState | undefined;
  retries: { automatic: number; manual: number; last: RetryTrigger } | undefined;
  /** Whether executions may come in, and who has said so last. */
  transition: { enabled: boolean; reason?: string; by?: string; at?: Date } = { enabled: true };
  /** The newest run of each action, over all executions. */
  readonly actions = new Map<string, ActionRun>();

  constructor(public declaration: StageDeclaration) {}

  get name(): string {
    return this.declaration.name!;
  }

  /** Makes an execution leave, whether it is inside or waits. */
  release(execution: Execution): void {
    if (this.inside === execution) this.inside = undefined;
    const place = this.waiting.indexOf(execution);
    if (place >= 0) this.waiting.splice(place, 1);
  }
}

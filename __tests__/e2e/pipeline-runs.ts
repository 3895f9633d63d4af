import {
  DisableStageTransitionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
} from "@aws-sdk/client-codepipeline";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { ActionChange, StateChange } from "../../rehearsal/src/aws/state-change";
import { BRANCH, type Session } from "../../rehearsal/src/session";
import { approve } from "../../rehearsal/src/watch";
import { DeployedPipeline } from "./deployed-pipeline";

/** What one execution of a commit came to so far. */
export interface Run {
  readonly id: string;
  readonly status: string;
  /** How far each stage it came to is. */
  readonly stages: Readonly<Record<string, string>>;
}

/** A deployed pipeline on this machine, whose runs are followed from commit to commit. */
export class PipelineRuns extends DeployedPipeline {
  readonly changes: StateChange[] = [];
  /** What people were asked to approve; all of it is approved. */
  readonly asked: string[] = [];
  /** Who is asked may look around before the approval. */
  lookAround: (says: string) => Promise<unknown> = () => Promise.resolve();

  constructor(session: Session, folder: string) {
    super(session, folder);
    session.aws.events.on("change", (change) => {
      this.changes.push(change);
      if (change.kind !== "action" || change.type.category !== "Approval" || change.state !== "STARTED")
        return;
      void this.answer(change);
    });
  }

  /** Lets runs go no further than to a stage, in front of which they wait. */
  async holdBefore(stageName: string, pipelineName = this.session.pipeline): Promise<void> {
    await this.codepipeline.send(
      new DisableStageTransitionCommand({
        pipelineName,
        stageName,
        transitionType: "Inbound",
        reason: "What comes after it is not looked at",
      }),
    );
  }

  /** Commits what was edited, if anything was, and pushes the branch. @returns the commit */
  async push(subject?: string, branch = BRANCH): Promise<string> {
    const { workstation } = this.session;
    const commit = subject === undefined ? await workstation.head() : await this.commit(subject);
    await workstation.push(branch);
    return commit;
  }

  /** The executions of a commit, in the order in which they started. */
  async of(commit: string): Promise<Run[]> {
    const { pipelineExecutionSummaries = [] } = await this.codepipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName: this.session.pipeline }),
    );
    return pipelineExecutionSummaries
      .filter(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === commit)
      .map(({ pipelineExecutionId, status }) => this.run(pipelineExecutionId!, status!))
      .reverse();
  }

  /** Waits until the executions of a commit have come to something, and no build is under way. */
  async until(commit: string, isSo: (runs: Run[]) => boolean): Promise<Run[]> {
    for (;;) {
      const runs = await this.of(commit);
      if (isSo(runs) && !this.isBuilding) return runs;
      await Promise.race([pause(200), this.session.broken]);
    }
  }

  /** The log of the build that failed first. */
  log({ id }: Run): Promise<string> {
    const failed = this.changes.find(
      (change): change is ActionChange =>
        change.kind === "action" && change.executionId === id && change.state === "FAILED",
    );
    return readFile(this.session.aws.codebuild.logFile(failed!.externalExecutionId!), "utf8");
  }

  private async answer(change: ActionChange): Promise<void> {
    const { actionExecutionDetails = [] } = await this.codepipeline.send(
      new ListActionExecutionsCommand({ pipelineName: change.pipeline }),
    );
    const own = actionExecutionDetails.find(
      ({ actionExecutionId }) => actionExecutionId === change.actionExecutionId,
    );
    const says = own?.input?.resolvedConfiguration?.CustomData ?? "";
    this.asked.push(says);
    await this.lookAround(says);
    await approve(this.session.aws, change);
  }

  /** Whether a build is under way, and may yet start something. */
  private get isBuilding(): boolean {
    const latest = new Map(
      this.changes.flatMap((one) => (one.kind === "build" ? [[one.build.id, one.build] as const] : [])),
    );
    return [...latest.values()].some(({ buildComplete }) => !buildComplete);
  }

  private run(id: string, status: string): Run {
    const stages: Record<string, string> = {};
    for (const change of this.changes) {
      if (change.kind === "stage" && change.executionId === id) stages[change.stage] = change.status;
    }
    return { id, status, stages };
  }
}

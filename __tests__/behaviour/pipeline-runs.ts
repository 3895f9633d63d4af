import {
  CodePipelineClient,
  DisableStageTransitionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
} from "@aws-sdk/client-codepipeline";
import { readFile } from "node:fs/promises";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { clientConfig } from "../../rehearsal/cloud/client-config";
import type { ActionChange, StateChange } from "../../rehearsal/cloud/state-change";
import { BRANCH, Session } from "../../rehearsal/session";
import { approve } from "../../rehearsal/watch";
import { quickenBuilds } from "./quick-builds";

const root = join(__dirname, "../..");

/** What one execution of a commit came to so far. */
export interface Run {
  readonly id: string;
  readonly status: string;
  /** How far each stage it came to is. */
  readonly stages: Readonly<Record<string, string>>;
}

/** A deployed pipeline on this machine, whose runs are followed from commit to commit. */
export class PipelineRuns {
  readonly changes: StateChange[] = [];
  /** What people were asked to approve; all of it is approved. */
  readonly asked: string[] = [];
  /** Who is asked may look around before the approval. */
  lookAround: (says: string) => Promise<unknown> = () => Promise.resolve();

  private constructor(
    readonly session: Session,
    private readonly folder: string,
  ) {
    session.cloud.events.on("change", (change) => {
      this.changes.push(change);
      if (change.kind !== "action" || change.type.category !== "Approval" || change.state !== "STARTED")
        return;
      void this.answer(change);
    });
  }

  /**
   * Bootstraps a pipeline whose builds are quick.
   *
   * @param prepare does what has to be done before bootstrap
   */
  static async start(
    settings: Readonly<Record<string, string>>,
    prepare: (runs: PipelineRuns) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<PipelineRuns> {
    const folder = mkdtempSync(join(tmpdir(), "pipeline-runs-"));
    const session = await Session.start({ root, folder, settings });
    const runs = new PipelineRuns(session, folder);
    try {
      await session.laptop.git("config", "user.name", "A");
      await session.laptop.git("config", "user.email", "a@example.com");
      quickenBuilds(session.laptop.clone);
      await runs.commit("Build without checks");
      await prepare(runs);
      await session.laptop.bootstrap();
      return runs;
    } catch (error) {
      await runs.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.session.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** How a person's clients reach the cloud. */
  get client() {
    const { cloud } = this.session.cloud;
    return { ...clientConfig(cloud), endpoint: cloud.endpoint };
  }

  get codepipeline(): CodePipelineClient {
    return new CodePipelineClient(this.client);
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

  /** Changes a file of the laptop's clone. @throws Error when that leaves it as it was */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.session.laptop.clone, path);
    const text = readFileSync(file, "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`Nothing in ${path} was changed.`);
    writeFileSync(file, changed);
  }

  /** Commits what was edited. */
  async commit(subject: string): Promise<string> {
    const { laptop } = this.session;
    // What an apply leaves in the clone is ignored, but the link to the packages is not.
    await laptop.git("commit", "--quiet", "--all", "--message", subject);
    return laptop.head();
  }

  /** Commits what was edited, if anything was, and pushes the branch. @returns the commit */
  async push(subject?: string, branch = BRANCH): Promise<string> {
    const { laptop } = this.session;
    const commit = subject === undefined ? await laptop.head() : await this.commit(subject);
    await laptop.push(branch);
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
    return readFile(this.session.cloud.codebuild.logFile(failed!.externalExecutionId!), "utf8");
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
    await approve(this.session.cloud, change);
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

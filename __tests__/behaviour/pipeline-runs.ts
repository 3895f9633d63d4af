import {
  CodePipelineClient,
  DisableStageTransitionCommand,
  ListActionExecutionsCommand,
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

const root = join(__dirname, "../..");

/** What one execution of a commit came to so far. */
export interface Run {
  readonly id: string;
  readonly status: string | undefined;
  readonly stages: Readonly<Record<string, string>>;
  /** What each stage's first failed action said. */
  readonly failures: Readonly<Record<string, string>>;
}

/** A deployed pipeline on this machine, whose runs are followed from commit to commit. */
export class PipelineRuns {
  readonly changes: StateChange[] = [];
  /** What people were asked to approve; all of it is approved. */
  readonly asked: string[] = [];

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
   * Bootstraps a pipeline. UnitTest of its commits builds and synthesizes as always, but runs no checks and
   * tests: what happens here is about the steps after it.
   */
  static async start(settings: Readonly<Record<string, string>>): Promise<PipelineRuns> {
    const folder = mkdtempSync(join(tmpdir(), "pipeline-runs-"));
    try {
      const runs = new PipelineRuns(await Session.start({ root, folder, settings }), folder);
      runs.edit("buildspecs/unit-test.yml", (text) => text.replace(/^ +- npm run (check|test:unit)\n/gm, ""));
      await runs.commit("Build without checks");
      await runs.session.laptop.bootstrap();
      return runs;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.session.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get codepipeline(): CodePipelineClient {
    const { cloud } = this.session.cloud;
    return new CodePipelineClient(clientConfig(cloud));
  }

  /** Lets runs go no further than to a stage, in front of which they wait. */
  async holdBefore(stageName: string): Promise<void> {
    await this.codepipeline.send(
      new DisableStageTransitionCommand({
        pipelineName: this.session.pipeline,
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
  of(commit: string): Run[] {
    const sources = this.changes.filter(
      (change): change is ActionChange =>
        change.kind === "action" &&
        change.type.category === "Source" &&
        change.externalExecutionId === commit,
    );
    const ids = new Set(sources.map(({ executionId }) => executionId));
    return [...ids].map((id) => this.run(id));
  }

  /** Waits until the executions of a commit have come to something. */
  async until(commit: string, isSo: (runs: Run[]) => boolean): Promise<Run[]> {
    for (;;) {
      const runs = this.of(commit);
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
    this.asked.push(own?.input?.resolvedConfiguration?.CustomData ?? "");
    await approve(this.session.cloud, change);
  }

  /** Whether a build is under way, and may yet start something. */
  private get isBuilding(): boolean {
    const latest = new Map(
      this.changes.flatMap((one) => (one.kind === "build" ? [[one.build.id, one.build] as const] : [])),
    );
    return [...latest.values()].some(({ buildComplete }) => !buildComplete);
  }

  private run(id: string): Run {
    const own = this.changes.filter((change) => "executionId" in change && change.executionId === id);
    const stages: Record<string, string> = {};
    const failures: Record<string, string> = {};
    let status: string | undefined;
    for (const change of own) {
      if (change.kind === "execution") status = change.status;
      if (change.kind === "stage") stages[change.stage] = change.status;
      if (change.kind === "action" && change.state === "FAILED")
        failures[change.stage] ??= change.error?.message ?? change.summary ?? "";
    }
    return { id, status, stages, failures };
  }
}

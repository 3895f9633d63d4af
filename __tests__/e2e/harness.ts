import {
  CodePipelineClient,
  DisableStageTransitionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
} from "@aws-sdk/client-codepipeline";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientConfig } from "../../rehearsal/src/aws/client-config";
import type { ActionChange, StateChange } from "../../rehearsal/src/aws/state-change";
import { BRANCH, Session } from "../../rehearsal/src/session";
import { approve } from "../../rehearsal/src/watch";
import { eventually } from "../../rehearsal/__tests__/support/eventually";
import { run, type CommandResult } from "./command";
import { overrideProvider } from "./provider-overrides";
import { quickenBuilds } from "./quick-builds";

export const root = join(__dirname, "../..");

/** Seconds in which an execution gets from one stage to another: every build takes seconds. */
const EXECUTION_SECONDS = 1200;

/** One execution of a commit. */
export interface Run {
  readonly id: string;
  readonly status: string;
  /** The status of each stage that it has entered. */
  readonly stages: Readonly<Record<string, string>>;
}

type Settings = Readonly<Record<string, string>>;
type HarnessClass<H extends Harness> = new (session: Session, folder: string) => H;

/** A pipeline that is deployed on this machine, with builds that take seconds, and the operator's clone. */
export class Harness {
  readonly changes: StateChange[] = [];
  /** The messages of all approvals that were requested. Every one is approved. */
  readonly approvals: string[] = [];
  /** Is awaited before each approval. */
  beforeApproval: (message: string) => Promise<unknown> = () => Promise.resolve();
  readonly codepipeline: CodePipelineClient;
  private broken: Error | undefined;

  constructor(
    readonly session: Session,
    private readonly folder: string,
  ) {
    this.codepipeline = new CodePipelineClient(this.client);
    session.broken.catch((error: Error) => (this.broken = error));
    session.aws.events.on("change", (change) => {
      this.changes.push(change);
      if (change.kind !== "action" || change.type.category !== "Approval" || change.state !== "STARTED")
        return;
      void this.answer(change);
    });
  }

  /**
   * Bootstraps a pipeline. Nothing is pushed yet.
   *
   * @param prepare prepares the account or the clone before bootstrap
   */
  static async start(
    settings: Settings,
    prepare: (harness: Harness) => Promise<unknown> = () => Promise.resolve(),
    canBeSaved = false,
  ): Promise<Harness> {
    const harness = await Harness.open(Harness, { settings, canBeSaved });
    const { workstation } = harness.session;
    try {
      await workstation.git("config", "user.name", "A");
      await workstation.git("config", "user.email", "a@example.com");
      quickenBuilds(workstation.clone);
      await harness.commit("Build without checks");
      await prepare(harness);
      await workstation.bootstrap();
      return harness;
    } catch (error) {
      await harness.stop();
      throw error;
    }
  }

  /** Starts a session in a folder of its own. */
  static async open<H extends Harness>(
    Class: HarnessClass<H>,
    options: { settings: Settings; canBeSaved?: boolean; saved?: string },
  ): Promise<H> {
    const folder = mkdtempSync(join(tmpdir(), "harness-"));
    overrideProvider(root);
    try {
      return new Class(await Session.start({ root, folder, ...options }), folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.codepipeline.destroy();
    await this.session.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The configuration of the operator's clients. */
  get client() {
    const { context } = this.session.aws;
    return { ...clientConfig(context), endpoint: context.endpoint };
  }

  /** Changes a file of the clone. @throws Error when the change leaves it as it was */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.session.workstation.clone, path);
    const text = readFileSync(file, "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`Nothing in ${path} was changed.`);
    writeFileSync(file, changed);
  }

  /** Commits what was edited, if anything. @returns the commit */
  async commit(subject: string): Promise<string> {
    const { workstation } = this.session;
    // What an apply leaves in the clone is ignored, but the link to the packages is not.
    await workstation.git("commit", "--quiet", "--all", "--allow-empty", "--message", subject);
    return workstation.head();
  }

  /** Commits what was edited, if anything, and pushes the branch. @returns the commit */
  async push(subject?: string, branch = BRANCH): Promise<string> {
    const { workstation } = this.session;
    const commit = subject === undefined ? await workstation.head() : await this.commit(subject);
    await workstation.push(branch);
    return commit;
  }

  /** Runs a command in the clone, as the operator. @param input what the operator types */
  run(
    command: string,
    args: readonly string[],
    input?: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<CommandResult> {
    const { workstation } = this.session;
    return run(command, args, {
      cwd: workstation.clone,
      env: { ...workstation.environment(), ...env },
      input,
    });
  }

  /** Runs an npm script in the clone. @param input what the operator types */
  npm(
    script: string,
    args: readonly string[] = [],
    input?: string,
    env?: NodeJS.ProcessEnv,
  ): Promise<CommandResult> {
    return this.run("npm", ["run", "--silent", script, "--", ...args], input, env);
  }

  /** Disables the transition into a stage: executions wait in front of it. */
  async holdBefore(stageName: string, pipelineName = this.session.pipeline): Promise<void> {
    await this.codepipeline.send(
      new DisableStageTransitionCommand({
        pipelineName,
        stageName,
        transitionType: "Inbound",
        reason: "What follows is not part of the test",
      }),
    );
  }

  /** Returns the executions of a commit, the first one first. */
  async runs(commit: string): Promise<Run[]> {
    const { pipelineExecutionSummaries = [] } = await this.codepipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName: this.session.pipeline }),
    );
    return pipelineExecutionSummaries
      .filter(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === commit)
      .map(({ pipelineExecutionId, status }) => this.asRun(pipelineExecutionId!, status!))
      .reverse();
  }

  /** Polls like `eventually`, for as long as an execution can take, and fails as soon as the session is broken. */
  eventually<T>(what: string, check: () => T | Promise<T>) {
    const whileRunning = () => {
      if (this.broken) throw this.broken;
      return check();
    };
    return eventually(what, whileRunning, EXECUTION_SECONDS);
  }

  /** Waits until `check` is true of the executions of a commit and no build is running. */
  until(commit: string, what: string, check: (runs: Run[]) => boolean): Promise<Run[]> {
    return this.eventually(`${what} (commit ${commit})`, async () => {
      const runs = await this.runs(commit);
      return check(runs) && !this.isBuilding && runs;
    });
  }

  /** Waits until the first execution of a commit has ended. */
  async ended(commit: string): Promise<Run[]> {
    const isOver = ([run]: Run[]) => run !== undefined && !/InProgress|Stopping/.test(run.status);
    return this.until(commit, "the execution ends", isOver);
  }

  /** Waits until the first execution of a commit has failed. */
  async failed(commit: string): Promise<Run> {
    const [run] = await this.until(commit, "the execution fails", ([first]) => first?.status === "Failed");
    return run!;
  }

  /** Waits until SelfUpdate has deployed a commit, and the execution that it started has skipped SelfUpdate. */
  updated(commit: string): Promise<Run[]> {
    const isOver = ([first, second]: Run[]) =>
      first?.status === "Failed" || second?.stages.SelfUpdate === "Skipped";
    return this.until(commit, "the pipeline is updated", isOver);
  }

  /** Returns the log of the build that failed first. */
  log({ id }: Pick<Run, "id">): Promise<string> {
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
    const message = own?.input?.resolvedConfiguration?.CustomData ?? "";
    this.approvals.push(message);
    await this.beforeApproval(message);
    await approve(this.session.aws, change);
  }

  /** Whether a build is running, which could still start an execution. */
  private get isBuilding(): boolean {
    const latest = new Map(
      this.changes.flatMap((one) => (one.kind === "build" ? [[one.build.id, one.build] as const] : [])),
    );
    return [...latest.values()].some(({ buildComplete }) => !buildComplete);
  }

  private asRun(id: string, status: string): Run {
    const stages: Record<string, string> = {};
    for (const change of this.changes) {
      if (change.kind === "stage" && change.executionId === id) stages[change.stage] = change.status;
    }
    return { id, status, stages };
  }
}

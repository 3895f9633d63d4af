import type { Build, BuildPhaseType } from "@aws-sdk/client-codebuild";
import type { AwsContext } from "../aws-context";
import { BuildContainer } from "./build-container";
import type { BuildQueue } from "./build-queue";
import { newBuild, type BuildRequest } from "./build-record";
import { BuildTurn } from "./build-turn";
import type { CommandPhase } from "./buildspec";
import { guardDisk } from "./disk-guard";
import { publishMetrics } from "./metrics";
import { PhaseError, phaseError } from "./phase-error";
import { failureMessage, Phases } from "./phases";
import type { FinalStatus, FinishedBuild, RunningBuild } from "./pipeline-build";
import type { ProviderDownloads } from "./provider-downloads";

/** The disk space of a build: ten times what a large project needs, a sixth of what AWS provides. */
const DISK_LIMIT = 10 * 1024 ** 3;

/** Why a build ends early. */
interface Cancellation {
  readonly status: "STOPPED" | "TIMED_OUT" | "FAILED";
  readonly reason?: PhaseError | undefined;
}

/** One build: its phases, its status, and how it is cancelled. */
export class BuildRun implements RunningBuild {
  finished!: Promise<FinishedBuild>;
  /** Undefined until the build has finished. */
  providerDownloads: ProviderDownloads | undefined;
  private readonly turn: BuildTurn;
  private readonly phases: Phases;
  private cancellation: Cancellation | undefined;
  /** The worst that has happened in a phase. */
  private outcome: "SUCCEEDED" | "FAILED" | "FAULT" = "SUCCEEDED";
  private cleanup: Promise<void> | undefined;

  private constructor(
    private readonly aws: AwsContext,
    /** What the build was started with. */
    readonly request: BuildRequest,
    private readonly build: Build,
    private readonly container: BuildContainer,
    private readonly cancelled: AbortController,
    queue: BuildQueue,
    private readonly onChange: (build: Build) => void,
  ) {
    const timedOut = new PhaseError("BUILD_TIMED_OUT", "Build has timed out.");
    this.turn = new BuildTurn(queue, build, () => this.cancel({ status: "TIMED_OUT", reason: timedOut }));
    this.phases = new Phases(build, () => this.changed());
  }

  /**
   * Starts a build, and returns at once. It keeps everything in a folder of its own.
   * @param queue the queue of the account, where the build waits for its turn
   * @param onChange called with a copy of the build after every change of its phase or status
   */
  static start(
    aws: AwsContext,
    request: BuildRequest,
    queue: BuildQueue,
    onChange: (build: Build) => void,
  ): BuildRun {
    const build = newBuild(aws, request);
    const cancelled = new AbortController();
    const container = BuildContainer.open(aws, request, build, cancelled.signal);
    const run = new BuildRun(aws, request, build, container, cancelled, queue, onChange);
    run.finished = run.runToEnd();
    return run;
  }

  get id(): string {
    return this.build.id!;
  }

  get logFile(): string {
    return this.container.folders.log;
  }

  /** Whether it is queued or running. */
  get isActive(): boolean {
    return !this.build.buildComplete;
  }

  get projectName(): string {
    return this.build.projectName!;
  }

  /** Undefined until the build has finished. */
  get status(): FinalStatus | undefined {
    return this.build.buildComplete ? (this.build.buildStatus as FinalStatus) : undefined;
  }

  /** Returns a copy of the build as it is now. */
  snapshot(): Build {
    return { ...this.build, phases: this.build.phases!.map((phase) => ({ ...phase })) };
  }

  /** Stops the build, and waits until its processes have terminated. */
  async stop(): Promise<void> {
    this.cancel({ status: "STOPPED" });
    await this.finished;
    await this.cleanup;
  }

  /** Removes the finished build's folder except for its log. */
  cleanUp(): Promise<void> {
    return (this.cleanup ??= this.container.folders.cleanUp());
  }

  /** Removes the finished build's folder including its log. */
  async remove(): Promise<void> {
    await this.cleanup;
    await this.container.folders.remove();
  }

  /** Cancels the build, unless it has finished or is cancelled already. */
  cancel(cancellation: Cancellation): void {
    if (this.cancellation || this.build.buildComplete) return;
    this.cancellation = cancellation;
    this.cancelled.abort();
    this.aws.log.watch(`The shell of ${this.id}`, this.container.kill());
  }

  private async runToEnd(): Promise<FinishedBuild> {
    const ended = new AbortController();
    this.limitDisk(ended.signal);
    try {
      return await this.run();
    } catch (error) {
      return this.fault(error as Error);
    } finally {
      await this.container.folders.unlink();
      this.turn.end();
      ended.abort();
    }
  }

  private async run(): Promise<FinishedBuild> {
    const { container } = this;
    // The caller gets the build before its first change is reported.
    await Promise.resolve();
    const isReady =
      (await this.phase("SUBMITTED", () => container.assumeRole())) &&
      (await this.phase("QUEUED", () => this.turn.take(this.cancelled.signal))) &&
      (await this.phase("PROVISIONING", () => container.folders.create())) &&
      (await this.phase("DOWNLOAD_SOURCE", () => container.downloadSource()));
    if (isReady) await this.runBuildspec();
    const exportedVariables = await this.finalize();
    await this.finish();
    const build = this.snapshot();
    // The folder of a failed build is kept for inspection.
    if (build.buildStatus === "SUCCEEDED") this.aws.log.watch(`The folder of ${this.id}`, this.cleanUp());
    return {
      status: build.buildStatus as FinalStatus,
      build,
      exportedVariables,
      message: failureMessage(build),
    };
  }

  /** Ends a build whose folder or log cannot be written. */
  private fault(error: Error): FinishedBuild {
    Object.assign(this.build, { buildStatus: "FAULT", buildComplete: true, endTime: new Date() });
    this.changed();
    const message = `Build terminated with state: FAULT. ${error.message}`;
    return { status: "FAULT", build: this.snapshot(), exportedVariables: {}, message };
  }

  /** Runs one phase and records its result. Resolves with whether it succeeded. */
  private async phase(type: BuildPhaseType, work: () => Promise<void>): Promise<boolean> {
    if (this.cancellation) return false;
    const { log } = this.container;
    this.phases.enter(type);
    let error = await work().then(
      () => log.failure && phaseError(log.failure),
      (reason: unknown) => phaseError(reason),
    );
    const cancellation = this.currentCancellation();
    if (cancellation) {
      error = cancellation.reason;
    } else if (error) {
      this.outcome = error.statusCode === "INTERNAL_SERVICE_ERROR" ? "FAULT" : "FAILED";
    }
    const status = cancellation?.status ?? (error ? this.outcome : "SUCCEEDED");
    log.container(`Phase complete: ${type} State: ${status}`);
    log.container(`Phase context status code: ${error?.statusCode ?? ""} Message: ${error?.message ?? ""}`);
    this.phases.complete(status, error);
    return status === "SUCCEEDED";
  }

  /** After a failure in install or pre_build the build ends; after one in build, post_build and the upload still run. */
  private async runBuildspec(): Promise<void> {
    if (!(await this.commandPhase("install", "ABORT"))) return;
    if (!(await this.commandPhase("pre_build", "ABORT"))) return;
    if (!(await this.commandPhase("build", "CONTINUE"))) return;
    if (!(await this.commandPhase("post_build", "CONTINUE"))) return;
    await this.phase("UPLOAD_ARTIFACTS", () => this.container.uploadArtifacts());
  }

  /** Runs the commands of a phase. Resolves with whether the next phase follows. */
  private async commandPhase(name: CommandPhase, onFailure: "ABORT" | "CONTINUE"): Promise<boolean> {
    if (this.cancellation) return false;
    const type = name.toUpperCase() as Uppercase<CommandPhase>;
    this.container.log.container(`Entering phase ${type}`);
    const succeeded = await this.phase(type, () => this.container.runCommands(name));
    return succeeded || (this.container.phase(name)?.["on-failure"] ?? onFailure) === "CONTINUE";
  }

  private async finalize(): Promise<Record<string, string>> {
    this.phases.enter("FINALIZING");
    await (this.cancellation ? this.container.kill() : this.container.closeShell());
    const exported = this.container.exportedVariables();
    this.build.exportedEnvironmentVariables = Object.entries(exported).map(([name, value]) => ({
      name,
      value,
    }));
    this.phases.complete("SUCCEEDED");
    return exported;
  }

  private async finish(): Promise<void> {
    const { build } = this;
    build.endTime = new Date();
    build.buildStatus = this.cancellation?.status ?? this.outcome;
    const error = await publishMetrics(this.aws, build).catch((reason: Error) => reason);
    if (error) this.container.log.container(`The build's metrics were not published: ${error.message}`);
    this.providerDownloads = await this.container.providerDownloads();
    await this.container.closeLog();
    build.buildComplete = true;
    this.phases.finish();
    this.changed();
  }

  /** Limits the disk space, which AWS does with a disk of its own: a runaway build would fill this machine's. */
  private limitDisk(signal: AbortSignal): void {
    const limit = this.aws.buildDiskLimit ?? DISK_LIMIT;
    guardDisk(this.container.folders.root, limit, signal, () => {
      const message = `No space left on device: the build uses more than ${limit} bytes, the rehearsal's limit`;
      this.cancel({ status: "FAILED", reason: new PhaseError("COMMAND_EXECUTION_ERROR", message) });
    });
  }

  /** Keeps the type checker from assuming that nothing has cancelled the build while a phase ran. */
  private currentCancellation(): Cancellation | undefined {
    return this.cancellation;
  }

  private changed(): void {
    this.onChange(this.snapshot());
  }
}

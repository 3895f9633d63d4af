import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Build, BuildPhaseType } from "@aws-sdk/client-codebuild";
import type { AwsContext, Credentials } from "../aws-context";
import { collectFiles, specFor, uploadArtifact, writeZip } from "./artifacts";
import { BuildLog } from "./build-log";
import type { BuildQueue } from "./build-queue";
import { BuildTurn } from "./build-turn";
import { newBuild, type BuildRequest } from "./build-record";
import { ignoredKeys, parseBuildspec, type Buildspec, type CommandPhase } from "./buildspec";
import { runCommands } from "./commands";
import { awsEnvironment, codeBuildEnvironment, machineEnvironment, mergeVariables } from "./environment";
import { guardDisk } from "./disk-guard";
import { buildFolders, type BuildFolders } from "./folders";
import type { LogStream } from "./log-stream";
import { publishMetrics } from "./metrics";
import { PhaseError, phaseError } from "./phase-error";
import { failureMessage, Phases } from "./phases";
import type { FinalStatus, FinishedBuild, RunningBuild } from "./pipeline-build";
import { assumeBuildRole, openLogStream } from "./session";
import { Shell } from "./shell";
import { shellProgram } from "./shell-program";
import { downloadSource, readBuildspec } from "./source";
import { buildspecVariables, exportedVariables, resolveVariables } from "./variables";

/** Bytes a build may take on the disk: ten times what a large project needs, a sixth of what AWS gives. */
const DISK_LIMIT = 10 * 1024 ** 3;

/** One build from its submission to its end. It starts at once; everything it makes lies in a folder of its own. */
export class BuildRun implements RunningBuild {
  readonly id: string;
  readonly finished: Promise<FinishedBuild>;
  readonly logFile: string;
  private readonly aws: AwsContext;
  private readonly buildRequest: BuildRequest;
  private readonly turn: BuildTurn;
  private readonly build: Build;
  private readonly phases: Phases;
  private readonly folders: BuildFolders;
  private readonly log: BuildLog;
  private readonly abort = new AbortController();
  private readonly changed: () => void;
  /** Why the build ends before its time, and the worst that happened to it otherwise. */
  private cancelled: "STOPPED" | "TIMED_OUT" | "FAILED" | undefined;
  private cancelledFor: PhaseError | undefined;
  private outcome: "SUCCEEDED" | "FAILED" | "FAULT" = "SUCCEEDED";
  private credentials: Credentials | undefined;
  private stream: LogStream | undefined;
  private buildspec: Buildspec | undefined;
  private shell: Shell | undefined;
  private tidied: Promise<void> | undefined;

  /**
   * @param queue where it waits for its turn
   * @param changed gets a copy of the build after every change of a phase or of its status
   */
  constructor(aws: AwsContext, request: BuildRequest, queue: BuildQueue, changed: (build: Build) => void) {
    this.aws = aws;
    this.buildRequest = request;
    this.build = newBuild(aws, request);
    this.turn = new BuildTurn(queue, this.build, () =>
      this.cancel("TIMED_OUT", new PhaseError("BUILD_TIMED_OUT", "Build has timed out.")),
    );
    this.id = this.build.id!;
    this.folders = buildFolders(aws, request);
    mkdirSync(this.folders.root, { recursive: true });
    this.logFile = this.folders.log;
    this.log = new BuildLog(this.logFile, (line, own) => this.stream?.add(line, own));
    this.changed = () => changed(this.snapshot());
    this.phases = new Phases(this.build, () => this.changed());
    const over = new AbortController();
    this.limitDisk(over.signal);
    this.finished = this.run()
      .catch((error: Error) => this.fault(error))
      .finally(() => {
        this.turn.end();
        over.abort();
      });
  }

  /** What the build was started with. */
  get request(): BuildRequest {
    return this.buildRequest;
  }

  /** Whether it waits for its turn or runs. */
  get isActive(): boolean {
    return !this.build.buildComplete;
  }

  get projectName(): string {
    return this.build.projectName!;
  }

  /** Undefined while it runs. */
  get status(): FinalStatus | undefined {
    return this.build.buildComplete ? (this.build.buildStatus as FinalStatus) : undefined;
  }

  /** The build as it is now; later changes don't show in it. */
  snapshot(): Build {
    return { ...this.build, phases: this.build.phases!.map((phase) => ({ ...phase })) };
  }

  async stop(): Promise<void> {
    this.cancel("STOPPED");
    await this.finished;
    await this.tidied;
  }

  /** Removes all of the ended build's folder but its log. */
  tidy(): Promise<void> {
    return (this.tidied ??= this.folders.tidy());
  }

  /** Removes the ended build's folder, its log too. */
  async remove(): Promise<void> {
    await this.tidied;
    await this.folders.remove();
  }

  /** Ends the build with this status, unless it has ended or is about to for another reason. */
  cancel(status: "STOPPED" | "TIMED_OUT" | "FAILED", reason?: PhaseError): void {
    if (this.cancelled || this.build.buildComplete) return;
    this.cancelled = status;
    this.cancelledFor = reason;
    this.abort.abort();
    if (this.shell) this.aws.log.watch(`The shell of ${this.id}`, this.shell.kill());
  }

  private async run(): Promise<FinishedBuild> {
    // The caller gets the build before its first change is reported.
    await Promise.resolve();
    const ready =
      (await this.phase("SUBMITTED", () => this.submit())) &&
      (await this.phase("QUEUED", () => this.turn.take(this.abort.signal))) &&
      (await this.phase("PROVISIONING", () => this.folders.create())) &&
      (await this.phase("DOWNLOAD_SOURCE", () => this.downloadSource()));
    if (ready) await this.runBuildspec();
    const exportedVariables = await this.finalize();
    await this.finish();
    const build = this.snapshot();
    // What failed is left to be looked at.
    if (build.buildStatus === "SUCCEEDED") this.aws.log.watch(`The folder of ${this.id}`, this.tidy());
    return {
      status: build.buildStatus as FinalStatus,
      build,
      exportedVariables,
      message: failureMessage(build),
    };
  }

  /** What is left when not even the build's folder or log can be written. */
  private fault(error: Error): FinishedBuild {
    Object.assign(this.build, { buildStatus: "FAULT", buildComplete: true, endTime: new Date() });
    this.changed();
    const message = `Build terminated with state: FAULT. ${error.message}`;
    return { status: "FAULT", build: this.snapshot(), exportedVariables: {}, message };
  }

  /** Runs one phase and records how it ended. Resolves with whether it succeeded. */
  private async phase(type: BuildPhaseType, work: () => Promise<void>): Promise<boolean> {
    if (this.cancelled) return false;
    this.phases.enter(type);
    let error = await work().then(
      () => this.log.failure && phaseError(this.log.failure),
      (reason: unknown) => phaseError(reason),
    );
    if (this.cancelled) {
      error = this.cancelledFor;
    } else if (error) {
      this.outcome = error.statusCode === "INTERNAL_SERVICE_ERROR" ? "FAULT" : "FAILED";
    }
    const status = this.cancelled ?? (error ? this.outcome : "SUCCEEDED");
    this.log.container(`Phase complete: ${type} State: ${status}`);
    this.log.container(
      `Phase context status code: ${error?.statusCode ?? ""} Message: ${error?.message ?? ""}`,
    );
    this.phases.complete(status, error);
    return status === "SUCCEEDED";
  }

  /** AWS gives a build a disk of its own; here a runaway build would fill this machine's. */
  private limitDisk(signal: AbortSignal): void {
    const limit = this.aws.buildDiskLimit ?? DISK_LIMIT;
    guardDisk(this.folders.root, limit, signal, () => {
      const message = `No space left on device: the build holds more than ${limit} bytes, the rehearsal's limit`;
      this.cancel("FAILED", new PhaseError("COMMAND_EXECUTION_ERROR", message));
    });
  }

  private async submit(): Promise<void> {
    this.credentials = await assumeBuildRole(this.aws, this.build, this.log);
    this.stream = await openLogStream(this.aws, this.credentials, this.build);
  }

  private async downloadSource(): Promise<void> {
    const { source, secondarySources } = this.folders;
    for (const input of this.buildRequest.inputs) {
      const folder = input.name === this.buildRequest.primary ? source : secondarySources[input.name]!;
      await downloadSource(this.aws, this.credentials!, input, folder, this.abort.signal);
    }
    this.log.container(`CODEBUILD_SRC_DIR=${source}`);
    const { text, location } = await readBuildspec(this.buildRequest.project.source?.buildspec, source);
    this.log.container(`YAML location is ${location}`);
    this.buildspec = parseBuildspec(text);
    const ignored = ignoredKeys(this.buildspec);
    if (ignored.length > 0) this.log.container(`Without effect in a rehearsal: ${ignored.join(", ")}`);
    this.shell = new Shell({
      shell: shellProgram(this.buildspec.env.shell, this.build.environment?.image ?? ""),
      folder: this.folders.shell,
      directory: source,
      environment: await this.environment(this.buildspec),
      output: (chunk) => this.log.output(chunk),
    });
  }

  private async environment(buildspec: Buildspec): Promise<Record<string, string>> {
    this.log.container("Processing environment variables");
    const variables = mergeVariables(
      buildspecVariables(buildspec),
      this.build.environment?.environmentVariables ?? [],
    );
    const resolved = await resolveVariables(this.aws, this.credentials!, variables);
    this.log.mask(resolved.secrets);
    return {
      ...machineEnvironment(this.aws.machine, this.folders),
      ...awsEnvironment(this.aws, this.credentials!),
      ...resolved.values,
      ...codeBuildEnvironment(this.aws, this.build, this.folders),
    };
  }

  /** A failure in install or pre_build ends the build; after one in build, post_build and the upload still run. */
  private async runBuildspec(): Promise<void> {
    if (!(await this.commandPhase("install", "ABORT"))) return;
    if (!(await this.commandPhase("pre_build", "ABORT"))) return;
    if (!(await this.commandPhase("build", "CONTINUE"))) return;
    if (!(await this.commandPhase("post_build", "CONTINUE"))) return;
    await this.phase("UPLOAD_ARTIFACTS", () => this.uploadArtifacts());
  }

  /** Resolves with whether the build goes on to the next phase. */
  private async commandPhase(name: CommandPhase, onFailure: "ABORT" | "CONTINUE"): Promise<boolean> {
    if (this.cancelled) return false;
    const phase = this.buildspec!.phases[name];
    const type = name.toUpperCase() as Uppercase<CommandPhase>;
    this.log.container(`Entering phase ${type}`);
    const succeeded = await this.phase(type, () =>
      runCommands(phase, this.shell!, this.log, this.abort.signal),
    );
    return succeeded || (phase?.["on-failure"] ?? onFailure) === "CONTINUE";
  }

  private async uploadArtifacts(): Promise<void> {
    const { outputs, project } = this.buildRequest;
    for (const output of outputs) {
      const spec = specFor(output.name, this.buildspec!.artifacts);
      const files = await collectFiles(spec, this.folders.source);
      this.log.container(`Uploading artifact ${output.name} (files: ${files.length})`);
      const archive = join(this.folders.artifacts, `${output.name}.zip`);
      await writeZip(files, archive);
      const { encryptionKey } = project;
      await uploadArtifact(this.aws, this.credentials!, output, archive, encryptionKey, this.abort.signal);
    }
  }

  /** Ends the shell, and with it whatever the commands left running. */
  private async finalize(): Promise<Record<string, string>> {
    this.phases.enter("FINALIZING");
    await (this.cancelled ? this.shell?.kill() : this.shell?.close());
    const exported = exportedVariables(this.buildspec, this.shell?.environment);
    this.build.exportedEnvironmentVariables = Object.entries(exported).map(([name, value]) => ({
      name,
      value,
    }));
    this.phases.complete("SUCCEEDED");
    return exported;
  }

  private async finish(): Promise<void> {
    const build = this.build;
    build.endTime = new Date();
    build.buildStatus = this.cancelled ?? this.outcome;
    const noMetrics = await publishMetrics(this.aws, build).catch((error: Error) => error);
    if (noMetrics) this.log.container(`The build's metrics were not published: ${noMetrics.message}`);
    const noLogs = await this.stream?.close();
    if (noLogs) this.log.container(`The log was not delivered to CloudWatch Logs: ${noLogs.message}`);
    this.log.close();
    build.buildComplete = true;
    this.phases.finish();
    this.changed();
  }
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "@aws-sdk/client-codebuild";
import type { AwsContext, Credentials } from "../aws-context";
import { collectFiles, specFor, uploadArtifact, writeZip } from "./artifacts";
import { BuildLog } from "./build-log";
import type { BuildRequest } from "./build-record";
import { ignoredKeys, parseBuildspec, type Buildspec, type CommandPhase } from "./buildspec";
import { runCommands } from "./commands";
import { awsEnvironment, codeBuildEnvironment, machineEnvironment, mergeVariables } from "./environment";
import { buildFolders, type BuildFolders } from "./folders";
import type { LogStream } from "./log-stream";
import { assumeBuildRole, openLogStream } from "./session";
import { Shell } from "./shell";
import { shellProgram } from "./shell-program";
import { providerDownloads, type ProviderDownloads } from "./provider-downloads";
import { downloadSource, readBuildspec } from "./source";
import { buildspecVariables, exportedVariables, resolveVariables } from "./variables";

/** The place where a build runs: its folders, log, credentials and shell. */
export class BuildContainer {
  private credentials: Credentials | undefined;
  private stream: LogStream | undefined;
  private buildspec: Buildspec | undefined;
  private shell: Shell | undefined;

  private constructor(
    private readonly aws: AwsContext,
    private readonly request: BuildRequest,
    private readonly build: Build,
    private readonly signal: AbortSignal,
    readonly folders: BuildFolders,
    readonly log: BuildLog,
  ) {}

  /**
   * Creates the folder of a build, and its log in it.
   * @param signal aborted when the build is cancelled
   */
  static open(aws: AwsContext, request: BuildRequest, build: Build, signal: AbortSignal): BuildContainer {
    const folders = buildFolders(aws, request);
    mkdirSync(folders.root, { recursive: true });
    return new BuildContainer(aws, request, build, signal, folders, BuildLog.open(folders.log));
  }

  /** Assumes the build's role, and opens its log stream in CloudWatch Logs. */
  async assumeRole(): Promise<void> {
    this.credentials = await assumeBuildRole(this.aws, this.build, this.log);
    const stream = await openLogStream(this.aws, this.credentials, this.build);
    this.stream = stream;
    if (stream) this.log.forwardTo((line, isOwn) => stream.add(line, isOwn));
  }

  /** Downloads the sources, reads the buildspec and starts the shell. */
  async downloadSource(): Promise<void> {
    const { source, secondarySources } = this.folders;
    for (const input of this.request.inputs) {
      const folder = input.name === this.request.primary ? source : secondarySources[input.name]!;
      await downloadSource(this.aws, this.credentials!, input, folder, this.signal);
    }
    this.log.container(`CODEBUILD_SRC_DIR=${source}`);
    const { text, location } = await readBuildspec(this.request.project.source?.buildspec, source);
    this.log.container(`YAML location is ${location}`);
    this.buildspec = parseBuildspec(text);
    const ignored = ignoredKeys(this.buildspec);
    if (ignored.length > 0) this.log.container(`The rehearsal ignores: ${ignored.join(", ")}`);
    this.shell = Shell.open({
      shell: shellProgram(this.buildspec.env.shell, this.build.environment?.image ?? ""),
      folder: this.folders.shell,
      directory: source,
      environment: await this.environment(this.buildspec),
      output: (chunk) => this.log.output(chunk),
    });
  }

  /** Returns the buildspec's settings of a phase, if it has the phase. */
  phase(name: CommandPhase): Buildspec["phases"][CommandPhase] {
    return this.buildspec!.phases[name];
  }

  /** Runs the commands of a phase. */
  runCommands(name: CommandPhase): Promise<void> {
    return runCommands(this.phase(name), this.shell!, this.log, this.signal);
  }

  async uploadArtifacts(): Promise<void> {
    const { outputs, project } = this.request;
    for (const output of outputs) {
      const spec = specFor(output.name, this.buildspec!.artifacts);
      const files = await collectFiles(spec, this.folders.source);
      this.log.container(`Uploading artifact ${output.name} (files: ${files.length})`);
      const archive = join(this.folders.artifacts, `${output.name}.zip`);
      await writeZip(files, archive);
      const { encryptionKey } = project;
      await uploadArtifact(this.aws, this.credentials!, output, archive, encryptionKey, this.signal);
    }
  }

  /** Terminates the shell and all processes that it started. */
  async kill(): Promise<void> {
    await this.shell?.kill();
  }

  /** Lets the shell exit, then terminates all processes that it started. */
  async closeShell(): Promise<void> {
    await this.shell?.close();
  }

  /** Returns the variables that the build exports to its pipeline. */
  exportedVariables(): Record<string, string> {
    return exportedVariables(this.buildspec, this.shell?.environment);
  }

  /** Counts the Terraform providers that the build downloads in AWS; undefined if its files cannot be read. */
  async providerDownloads(): Promise<ProviderDownloads | undefined> {
    const { source, temporary, home } = this.folders;
    const cache = this.shell?.environment.TF_PLUGIN_CACHE_DIR;
    try {
      return await providerDownloads([source, temporary, home], cache);
    } catch (error) {
      this.log.container(`Terraform's providers were not counted: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Delivers the rest of the log, and closes it. */
  async closeLog(): Promise<void> {
    const error = await this.stream?.close();
    if (error) this.log.container(`The log was not delivered to CloudWatch Logs: ${error.message}`);
    this.log.close();
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
}

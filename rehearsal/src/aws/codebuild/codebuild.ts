import type { Build, EnvironmentVariable, Project, ReportGroup } from "@aws-sdk/client-codebuild";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";
import { BuildQueue } from "./build-queue";
import type { BuildRequest } from "./build-record";
import { BuildRun } from "./build-run";
import { EndedBuild, type KnownBuild, type SavedBuild } from "./ended-build";
import { buildOperations, type BuildOperations } from "./operations";
import type { PipelineBuild, RunningBuild } from "./pipeline-build";
import { Projects } from "./projects";
import type { ProviderDownloads } from "./provider-downloads";
import { ReportGroups } from "./report-groups";

export type { ArtifactLocation, FinishedBuild, PipelineBuild, RunningBuild } from "./pipeline-build";
export type { Build, EnvironmentVariable };

/** The default quota for concurrent builds; a new account can have less. */
const CONCURRENT_BUILDS = 60;

/** Builds of a project that are kept with their logs: as many as a pipeline keeps executions. */
const HISTORY = 100;

/** Failed builds of a project whose folder is kept for inspection: one can take a gigabyte. */
const FAILED = 3;

/** The state of CodeBuild for a later session. */
export interface SavedBuilds {
  readonly projects: readonly Project[];
  readonly reportGroups: readonly ReportGroup[];
  readonly builds: readonly SavedBuild[];
  readonly numbers: readonly (readonly [string, number])[];
}

/** CodeBuild: projects, report groups, and builds that run as processes on this machine. */
export class CodeBuild {
  readonly operations: BuildOperations;
  private readonly aws: AwsContext;
  private readonly hooks: { buildChanged(build: Build): void };
  private readonly projects: Projects;
  private readonly reportGroups: ReportGroups;
  /** In the order in which they were started. */
  private readonly runs = new Map<string, KnownBuild>();
  private readonly numbers = new Map<string, number>();
  private readonly queue: BuildQueue;

  /**
   * @param hooks `buildChanged` is called with a copy of a build after every change of its phase or status
   * @param concurrentBuilds concurrent builds of the account; others wait
   */
  constructor(
    aws: AwsContext,
    hooks: { buildChanged(build: Build): void },
    concurrentBuilds: number = CONCURRENT_BUILDS,
  ) {
    this.queue = new BuildQueue(concurrentBuilds);
    this.aws = aws;
    this.hooks = hooks;
    this.projects = new Projects(aws);
    this.reportGroups = new ReportGroups(aws);
    this.operations = buildOperations({
      aws,
      projects: this.projects,
      reportGroups: this.reportGroups,
      builds: {
        start: (project, request) => this.run(project, request).snapshot(),
        request: (id) => this.runs.get(id)?.request,
        get: (id) => this.build(id),
        stop: (id) => this.runs.get(id)?.cancel({ status: "STOPPED" }),
        ids: () => [...this.runs.keys()],
      },
    });
  }

  /** The concurrent builds of the account. */
  get concurrentBuilds(): number {
    return this.queue.limit;
  }

  /**
   * Starts a build for a pipeline.
   * @throws ResourceNotFoundException if the project does not exist
   */
  start(request: PipelineBuild): Promise<RunningBuild> {
    return Promise.resolve().then(() => this.run(this.projects.get(request.projectName), request));
  }

  /** Returns a build as BatchGetBuilds shows it. */
  build(id: string): Build | undefined {
    return this.runs.get(id)?.snapshot();
  }

  /** Returns the path of a build's complete log. */
  logFile(id: string): string {
    const run = this.runs.get(id);
    if (!run) throw new AwsError("ResourceNotFoundException", `Build cannot be found: ${id}`);
    return run.logFile;
  }

  /** Returns what the Terraform commands of a finished build download in AWS; undefined for other builds. */
  providerDownloads(id: string): ProviderDownloads | undefined {
    return this.runs.get(id)?.providerDownloads;
  }

  /** Waits until only the logs of the succeeded builds are left. */
  async cleanedUp(): Promise<void> {
    const succeeded = [...this.runs.values()].filter(({ status }) => status === "SUCCEEDED");
    await Promise.all(succeeded.map((run) => run.cleanUp()));
  }

  /** Returns the complete state for a later session. @throws while a build is in progress */
  save(): SavedBuilds {
    const builds = [...this.runs.values()].map((run) => {
      if (run.isActive)
        throw new Error(`The build ${run.id} is in progress. Save the session when it has finished.`);
      return { build: run.snapshot(), request: run.request };
    });
    const [projects, reportGroups] = [this.projects.save(), this.reportGroups.save()];
    return { projects, reportGroups, builds, numbers: [...this.numbers] };
  }

  /** Restores the state of an earlier session. The logs of its builds must be in the folder. */
  restore({ projects, reportGroups, builds, numbers }: SavedBuilds): void {
    this.projects.restore(projects);
    this.reportGroups.restore(reportGroups);
    for (const saved of builds) this.runs.set(saved.build.id!, new EndedBuild(this.aws, saved));
    for (const [project, number] of numbers) this.numbers.set(project, number);
  }

  /** Stops all builds, and waits for them. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.runs.values()].map((run) => run.stop()));
  }

  private run(project: Project, request: Omit<BuildRequest, "project" | "number">): BuildRun {
    this.checkLimits(project);
    const number = (this.numbers.get(project.name!) ?? 0) + 1;
    this.numbers.set(project.name!, number);
    const run = BuildRun.start(this.aws, { ...request, project, number }, this.queue, (build) =>
      this.hooks.buildChanged(build),
    );
    this.runs.set(run.id, run);
    this.forget(project.name!);
    return run;
  }

  /**
   * A project's limit rejects builds. The account's quota makes them wait, and rejects them if too many wait.
   * @throws AccountLimitExceededException
   */
  private checkLimits({ name, concurrentBuildLimit }: Project): void {
    const active = [...this.runs.values()].filter(({ isActive }) => isActive);
    const ofProject = active.filter(({ request }) => request.project.name === name).length;
    if (concurrentBuildLimit && ofProject >= concurrentBuildLimit) {
      const message = `Cannot have more than ${concurrentBuildLimit} active builds for project ${name}`;
      throw new AwsError("AccountLimitExceededException", message);
    }
    const { limit, capacity } = this.queue;
    if (active.length >= limit + capacity) {
      const message = `Cannot have more than ${capacity} builds in queue for the account`;
      throw new AwsError("AccountLimitExceededException", message);
    }
  }

  /** Frees disk space: removes the oldest builds of a project, and all but the log of older failures. */
  private forget(project: string): void {
    const own = [...this.runs.values()].filter((run) => run.projectName === project);
    const failed = own.filter(({ status }) => status !== undefined && status !== "SUCCEEDED");
    for (const run of failed.slice(0, -FAILED)) this.aws.log.watch(`The folder of ${run.id}`, run.cleanUp());
    for (const run of own.slice(0, -HISTORY).filter(({ status }) => status !== undefined)) {
      this.runs.delete(run.id);
      this.aws.log.watch(`The folder of ${run.id}`, run.remove());
    }
  }
}

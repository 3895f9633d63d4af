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
import { ReportGroups } from "./report-groups";

export type { ArtifactLocation, FinishedBuild, PipelineBuild, RunningBuild } from "./pipeline-build";
export type { Build, EnvironmentVariable };

/** Builds an account may run at a time by default; a new account may have less. */
const CONCURRENT_BUILDS = 60;

/** Builds of a project that are remembered, with their logs: as many as a pipeline remembers executions. */
const HISTORY = 100;

/** Failed builds of a project whose whole folder is left to be looked at: one can take a gigabyte. */
const FAILED = 3;

/** What CodeBuild keeps for a later session. */
export interface SavedBuilds {
  readonly projects: readonly Project[];
  readonly reportGroups: readonly ReportGroup[];
  readonly builds: readonly SavedBuild[];
  readonly numbers: readonly (readonly [string, number])[];
}

/** CodeBuild: its projects, and builds that run as processes of this machine. */
export class CodeBuild {
  readonly operations: BuildOperations;
  private readonly aws: AwsContext;
  private readonly hooks: { buildChanged(build: Build): void };
  private readonly projects: Projects;
  private readonly reportGroups: ReportGroups;
  /** In the order they were started. */
  private readonly runs = new Map<string, KnownBuild>();
  private readonly numbers = new Map<string, number>();
  private readonly queue: BuildQueue;

  /**
   * @param hooks `buildChanged` gets a copy of a build at every change of a phase or of its status
   * @param concurrentBuilds builds that run at a time in the account; others wait
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
        stop: (id) => this.runs.get(id)?.cancel("STOPPED"),
        ids: () => [...this.runs.keys()],
      },
    });
  }

  /** Builds that run at a time in the account. */
  get concurrentBuilds(): number {
    return this.queue.limit;
  }

  /** Starts a build for a pipeline. Throws ResourceNotFoundException when there is no such project. */
  start(request: PipelineBuild): Promise<RunningBuild> {
    return Promise.resolve().then(() => this.run(this.projects.get(request.projectName), request));
  }

  /** A build by its id, as BatchGetBuilds shows it. */
  build(id: string): Build | undefined {
    return this.runs.get(id)?.snapshot();
  }

  /** The file a build's log is written to, from its beginning. */
  logFile(id: string): string {
    const run = this.runs.get(id);
    if (!run) throw new AwsError("ResourceNotFoundException", `Build cannot be found: ${id}`);
    return run.logFile;
  }

  /** Waits until of the builds that have succeeded only the logs are left. */
  async cleanedUp(): Promise<void> {
    const succeeded = [...this.runs.values()].filter(({ status }) => status === "SUCCEEDED");
    await Promise.all(succeeded.map((run) => run.tidy()));
  }

  /** The complete state, for a later session. @throws while a build is in progress */
  save(): SavedBuilds {
    const builds = [...this.runs.values()].map((run) => {
      if (run.isActive)
        throw new Error(`The build ${run.id} is in progress. Save it when that has finished.`);
      return { build: run.snapshot(), request: run.request };
    });
    const [projects, reportGroups] = [this.projects.save(), this.reportGroups.save()];
    return { projects, reportGroups, builds, numbers: [...this.numbers] };
  }

  /** Takes over what an earlier session saved; the logs of its builds are in the folder already. */
  restore({ projects, reportGroups, builds, numbers }: SavedBuilds): void {
    this.projects.restore(projects);
    this.reportGroups.restore(reportGroups);
    for (const saved of builds) this.runs.set(saved.build.id!, new EndedBuild(this.aws, saved));
    for (const [project, number] of numbers) this.numbers.set(project, number);
  }

  /** Stops every running build and waits for them. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.runs.values()].map((run) => run.stop()));
  }

  private run(project: Project, request: Omit<BuildRequest, "project" | "number">): BuildRun {
    this.checkLimits(project);
    const number = (this.numbers.get(project.name!) ?? 0) + 1;
    this.numbers.set(project.name!, number);
    const run = new BuildRun(this.aws, { ...request, project, number }, this.queue, (build) =>
      this.hooks.buildChanged(build),
    );
    this.runs.set(run.id, run);
    this.forget(project.name!);
    return run;
  }

  /**
   * A project's own limit refuses builds; the account's makes them wait, and refuses them when too many do.
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

  /** Makes room: the oldest builds of a project are forgotten, and of older failures only the log is kept. */
  private forget(project: string): void {
    const own = [...this.runs.values()].filter((run) => run.projectName === project);
    const failed = own.filter(({ status }) => status !== undefined && status !== "SUCCEEDED");
    for (const run of failed.slice(0, -FAILED)) this.aws.log.watch(`The folder of ${run.id}`, run.tidy());
    for (const run of own.slice(0, -HISTORY).filter(({ status }) => status !== undefined)) {
      this.runs.delete(run.id);
      this.aws.log.watch(`The folder of ${run.id}`, run.remove());
    }
  }
}

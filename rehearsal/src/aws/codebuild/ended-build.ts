import type { Build } from "@aws-sdk/client-codebuild";
import type { AwsContext } from "../aws-context";
import type { BuildRequest } from "./build-record";
import type { BuildRun } from "./build-run";
import { buildFolders, type BuildFolders } from "./folders";
import type { FinalStatus } from "./pipeline-build";

/** A build of an earlier session, as it is saved. */
export interface SavedBuild {
  readonly build: Build;
  readonly request: BuildRequest;
}

/** What CodeBuild asks of a build that it remembers. */
export type KnownBuild = Pick<
  BuildRun,
  | "id"
  | "request"
  | "isActive"
  | "projectName"
  | "status"
  | "logFile"
  | "snapshot"
  | "stop"
  | "tidy"
  | "remove"
> & { cancel(status: "STOPPED"): void };

/** A build of an earlier session: it has finished, and only its log remains. */
export class EndedBuild implements KnownBuild {
  readonly isActive = false;
  readonly request: BuildRequest;
  private readonly build: Build;
  private readonly folders: BuildFolders;

  constructor(aws: AwsContext, { build, request }: SavedBuild) {
    this.build = build;
    this.request = request;
    this.folders = buildFolders(aws, request);
  }

  get id(): string {
    return this.build.id!;
  }

  get projectName(): string {
    return this.build.projectName!;
  }

  get status(): FinalStatus {
    return this.build.buildStatus as FinalStatus;
  }

  get logFile(): string {
    return this.folders.log;
  }

  snapshot(): Build {
    return { ...this.build };
  }

  /** There is nothing to stop. */
  cancel(): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }

  tidy(): Promise<void> {
    return this.folders.tidy();
  }

  remove(): Promise<void> {
    return this.folders.remove();
  }
}

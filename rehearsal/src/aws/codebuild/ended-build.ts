import type { Build } from "@aws-sdk/client-codebuild";
import type { AwsContext } from "../aws-context";
import type { BuildRequest } from "./build-record";
import type { BuildRun } from "./build-run";
import { buildFolders, type BuildFolders } from "./folders";
import type { FinalStatus } from "./pipeline-build";

/** A saved build. */
export interface SavedBuild {
  readonly build: Build;
  readonly request: BuildRequest;
}

/** What CodeBuild needs of a build that it keeps. */
export type KnownBuild = Pick<
  BuildRun,
  | "id"
  | "request"
  | "isActive"
  | "projectName"
  | "status"
  | "logFile"
  | "providerDownloads"
  | "snapshot"
  | "stop"
  | "cleanUp"
  | "remove"
> & { cancel(cancellation: { readonly status: "STOPPED" }): void };

/** A build of an earlier session. It has finished, and only its log is left. */
export class EndedBuild implements KnownBuild {
  readonly isActive = false;
  /** They are not saved. */
  readonly providerDownloads = undefined;
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

  /** A finished build cannot be cancelled. */
  cancel(): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }

  cleanUp(): Promise<void> {
    return this.folders.cleanUp();
  }

  remove(): Promise<void> {
    return this.folders.remove();
  }
}

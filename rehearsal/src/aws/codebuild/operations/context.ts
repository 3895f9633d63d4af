import type { Build, Project } from "@aws-sdk/client-codebuild";
import type { AwsContext } from "../../aws-context";
import type { BuildRequest } from "../build-record";
import type { Projects } from "../projects";
import type { ReportGroups } from "../report-groups";

/** What the operations work on. */
export interface Context {
  readonly aws: AwsContext;
  readonly projects: Projects;
  readonly reportGroups: ReportGroups;
  readonly builds: Builds;
}

export interface Builds {
  start(project: Project, request: Omit<BuildRequest, "project" | "number">): Build;
  get(id: string): Build | undefined;
  /** What a build was started with. */
  request(id: string): BuildRequest | undefined;
  /** Begins to stop a build; nothing happens to one that has ended. */
  stop(id: string): void;
  /** In the order the builds were started. */
  ids(): string[];
}

import type { Build, Project } from "@aws-sdk/client-codebuild";
import type { AwsContext } from "../../aws-context";
import type { BuildRequest } from "../build-record";
import type { Projects } from "../projects";
import type { ReportGroups } from "../report-groups";

/** The resources that the operations work on. */
export interface Context {
  readonly aws: AwsContext;
  readonly projects: Projects;
  readonly reportGroups: ReportGroups;
  readonly builds: Builds;
}

/** The builds of the account. */
export interface Builds {
  start(project: Project, request: Omit<BuildRequest, "project" | "number">): Build;
  get(id: string): Build | undefined;
  /** Returns the parameters of a build. */
  request(id: string): BuildRequest | undefined;
  /** Starts to stop a build, unless it has finished. */
  stop(id: string): void;
  /** Returns the IDs in the order in which the builds were started. */
  ids(): string[];
}

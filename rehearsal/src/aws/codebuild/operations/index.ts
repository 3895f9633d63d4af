import type { Operations } from "../../operation";
import { batchGetBuilds } from "./batch-get-builds";
import { batchGetProjects } from "./batch-get-projects";
import { batchGetReportGroups } from "./batch-get-report-groups";
import type { Context } from "./context";
import { createProject } from "./create-project";
import { createReportGroup } from "./create-report-group";
import { deleteProject } from "./delete-project";
import { deleteReportGroup } from "./delete-report-group";
import { listBuilds } from "./list-builds";
import { listBuildsForProject } from "./list-builds-for-project";
import { listProjects } from "./list-projects";
import { retryBuild } from "./retry-build";
import { startBuild } from "./start-build";
import { stopBuild } from "./stop-build";
import { updateProject } from "./update-project";
import { updateReportGroup } from "./update-report-group";

/** Returns the operations of CodeBuild by name. */
export function buildOperations(context: Context) {
  return {
    BatchGetBuilds: batchGetBuilds(context),
    BatchGetProjects: batchGetProjects(context),
    BatchGetReportGroups: batchGetReportGroups(context),
    CreateProject: createProject(context),
    CreateReportGroup: createReportGroup(context),
    DeleteProject: deleteProject(context),
    DeleteReportGroup: deleteReportGroup(context),
    ListBuilds: listBuilds(context),
    ListBuildsForProject: listBuildsForProject(context),
    ListProjects: listProjects(context),
    RetryBuild: retryBuild(context),
    StartBuild: startBuild(context),
    StopBuild: stopBuild(context),
    UpdateProject: updateProject(context),
    UpdateReportGroup: updateReportGroup(context),
  } satisfies Operations;
}

export type BuildOperations = ReturnType<typeof buildOperations>;

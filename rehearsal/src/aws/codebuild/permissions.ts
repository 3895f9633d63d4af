import type { AwsContext } from "../aws-context";
import { passRole, type CallPermissions, type PermissionsOf, type RequiredPermission } from "../permissions";
import { buildId } from "./operations/build-id";
import type { BuildOperations } from "./operations";
import { plainName, projectArn } from "./projects";
import { reportGroupArn } from "./report-groups";

/** Returns the permissions for CodeBuild, by the Service Authorization Reference: a build's resource is its project. */
export function buildPermissions(aws: AwsContext): PermissionsOf<BuildOperations> {
  const onProject = (name: string | undefined): CallPermissions => onProjects([name]);
  const onProjects = (names: unknown): CallPermissions => ({
    resources: texts(names).map((name) => projectArn(aws, plainName(name))),
  });
  const onBuilds = (ids: unknown): CallPermissions =>
    onProjects(texts(ids).map((id) => buildId(id).split(":")[0]));

  return {
    BatchGetBuilds: ({ ids }) => onBuilds(ids),
    BatchGetProjects: ({ names }) => onProjects(names),
    BatchGetReportGroups: ({ reportGroupArns }) => ({ resources: texts(reportGroupArns) }),
    CreateProject: ({ name, serviceRole }) => ({ ...onProject(name), additional: passed(serviceRole) }),
    CreateReportGroup: ({ name }) => ({ resources: [reportGroupArn(aws, `${name}`)] }),
    DeleteProject: ({ name }) => onProject(name),
    DeleteReportGroup: ({ arn }) => ({ resources: texts([arn]) }),
    ListBuilds: () => ({ resources: ["*"] }),
    ListBuildsForProject: ({ projectName }) => onProject(projectName),
    ListProjects: () => ({ resources: ["*"] }),
    RetryBuild: ({ id }) => onBuilds([id]),
    StartBuild: ({ projectName, serviceRoleOverride }) => ({
      ...onProject(projectName),
      additional: passed(serviceRoleOverride),
    }),
    StopBuild: ({ id }) => onBuilds([id]),
    UpdateProject: ({ name, serviceRole }) => ({ ...onProject(name), additional: passed(serviceRole) }),
    UpdateReportGroup: ({ arn }) => ({ resources: texts([arn]) }),
  };
}

function passed(role: string | undefined): RequiredPermission[] {
  return passRole(role, "codebuild.amazonaws.com");
}

/** Returns at least one name, so that a request without names is authorized too. */
function texts(names: unknown): string[] {
  const list: unknown[] = Array.isArray(names) && names.length > 0 ? names : [undefined];
  return list.map((name) => `${name as string}`);
}

import type { AwsContext } from "../aws-context";
import { passRole, type Needs, type NeedsOf, type RequiredPermission } from "../permissions";
import { buildId } from "./operations/build-id";
import type { BuildOperations } from "./operations";
import { plainName, projectArn } from "./projects";
import { reportGroupArn } from "./report-groups";

/** What CodeBuild's operations need, by the Service Authorization Reference: a build is its project's. */
export function buildNeeds(aws: AwsContext): NeedsOf<BuildOperations> {
  const onProject = (name: string | undefined): Needs => onProjects([name]);
  const onProjects = (names: unknown): Needs => ({
    on: texts(names).map((name) => projectArn(aws, plainName(name))),
  });
  const onBuilds = (ids: unknown): Needs => onProjects(texts(ids).map((id) => buildId(id).split(":")[0]));

  return {
    BatchGetBuilds: ({ ids }) => onBuilds(ids),
    BatchGetProjects: ({ names }) => onProjects(names),
    BatchGetReportGroups: ({ reportGroupArns }) => ({ on: texts(reportGroupArns) }),
    CreateProject: ({ name, serviceRole }) => ({ ...onProject(name), also: passed(serviceRole) }),
    CreateReportGroup: ({ name }) => ({ on: [reportGroupArn(aws, `${name}`)] }),
    DeleteProject: ({ name }) => onProject(name),
    DeleteReportGroup: ({ arn }) => ({ on: texts([arn]) }),
    ListBuilds: () => ({ on: ["*"] }),
    ListBuildsForProject: ({ projectName }) => onProject(projectName),
    ListProjects: () => ({ on: ["*"] }),
    RetryBuild: ({ id }) => onBuilds([id]),
    StartBuild: ({ projectName, serviceRoleOverride }) => ({
      ...onProject(projectName),
      also: passed(serviceRoleOverride),
    }),
    StopBuild: ({ id }) => onBuilds([id]),
    UpdateProject: ({ name, serviceRole }) => ({ ...onProject(name), also: passed(serviceRole) }),
    UpdateReportGroup: ({ arn }) => ({ on: texts([arn]) }),
  };
}

function passed(role: string | undefined): RequiredPermission[] {
  return passRole(role, "codebuild.amazonaws.com");
}

/** At least one name, so that a request without any is decided on too. */
function texts(names: unknown): string[] {
  const list: unknown[] = Array.isArray(names) && names.length > 0 ? names : [undefined];
  return list.map((name) => `${name as string}`);
}

import type { CreateProjectInput, Project, UpdateProjectInput } from "@aws-sdk/client-codebuild";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";

/** The default timeouts in minutes. */
const DEFAULT_TIMEOUT = 60;
const DEFAULT_QUEUED_TIMEOUT = 480;

/** The build projects of the account. */
export class Projects {
  private readonly aws: AwsContext;
  private readonly projects = new Map<string, Project>();

  constructor(aws: AwsContext) {
    this.aws = aws;
  }

  create(input: CreateProjectInput): Project {
    const name = input.name!;
    const arn = projectArn(this.aws, name);
    if (this.projects.has(name))
      throw new AwsError("ResourceAlreadyExistsException", `Project already exists: ${arn}`);
    const now = new Date();
    const project = withDefaults(this.aws, {
      ...settings(input),
      name,
      arn,
      created: now,
      lastModified: now,
    });
    this.projects.set(name, project);
    return project;
  }

  /**
   * Changes the given settings and keeps the others, except for tags: an update without tags removes them. Terraform's
   * provider relies on that.
   */
  update(input: UpdateProjectInput): Project {
    const project = this.get(input.name!);
    const changed = withDefaults(this.aws, {
      ...project,
      tags: [],
      ...settings(input),
      name: project.name,
      lastModified: new Date(),
    });
    this.projects.set(project.name!, changed);
    return changed;
  }

  /** Returns a project by its name or ARN; the service accepts both. */
  find(nameOrArn: string): Project | undefined {
    return this.projects.get(plainName(nameOrArn));
  }

  get(nameOrArn: string): Project {
    const project = this.find(nameOrArn);
    if (project) return project;
    throw new AwsError(
      "ResourceNotFoundException",
      `Project cannot be found: ${projectArn(this.aws, plainName(nameOrArn))}`,
    );
  }

  /** Returns all projects for a later session. */
  save(): readonly Project[] {
    return [...this.projects.values()];
  }

  /** Restores the projects of an earlier session. */
  restore(saved: readonly Project[]): void {
    for (const project of saved) this.projects.set(project.name!, project);
  }

  delete(nameOrArn: string): void {
    this.projects.delete(plainName(nameOrArn));
  }

  names(): string[] {
    return [...this.projects.keys()].sort();
  }
}

/** Returns the ARN of a project. */
export function projectArn(aws: AwsContext, name: string): string {
  return `arn:aws:codebuild:${aws.region}:${aws.account}:project/${name}`;
}

/** Returns the name of a project, given its name or its ARN `arn:aws:codebuild:REGION:ACCOUNT:project/NAME`. */
export function plainName(nameOrArn: string): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn.slice(nameOrArn.indexOf("/") + 1) : nameOrArn;
}

/** Converts an input to the form in which a project shows it. */
function settings({ badgeEnabled, ...input }: CreateProjectInput | UpdateProjectInput): Project {
  return badgeEnabled === undefined ? input : { ...input, badge: { badgeEnabled } };
}

function withDefaults(aws: AwsContext, project: Project): Project {
  const { source, environment, artifacts } = project;
  const { concurrentBuildLimit } = project;
  return {
    timeoutInMinutes: DEFAULT_TIMEOUT,
    queuedTimeoutInMinutes: DEFAULT_QUEUED_TIMEOUT,
    encryptionKey: `arn:aws:kms:${aws.region}:${aws.account}:alias/aws/s3`,
    cache: { type: "NO_CACHE" },
    badge: { badgeEnabled: false },
    projectVisibility: "PRIVATE",
    tags: [],
    ...project,
    // -1 removes the limit.
    concurrentBuildLimit: concurrentBuildLimit === -1 ? undefined : concurrentBuildLimit,
    source: { insecureSsl: false, ...source! },
    artifacts: { encryptionDisabled: false, ...artifacts! },
    environment: {
      environmentVariables: [],
      privilegedMode: false,
      imagePullCredentialsType: "CODEBUILD",
      ...environment!,
    },
  };
}

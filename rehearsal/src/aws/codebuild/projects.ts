import type { CreateProjectInput, Project, UpdateProjectInput } from "@aws-sdk/client-codebuild";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";

/** Minutes, as the service sets them where a project doesn't. */
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
   * Replaces the settings that are given and leaves the others as they are. Tags are the exception: an
   * update without tags removes them, which is how Terraform's provider does it.
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

  /** @param nameOrArn both are names of a project to the service */
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

  /** All of them, for a later session. */
  save(): readonly Project[] {
    return [...this.projects.values()];
  }

  /** Restores those of an earlier session. */
  restore(saved: readonly Project[]): void {
    for (const one of saved) this.projects.set(one.name!, one);
  }

  delete(nameOrArn: string): void {
    this.projects.delete(plainName(nameOrArn));
  }

  names(): string[] {
    return [...this.projects.keys()].sort();
  }
}

/** The ARN of a project of that name. */
export function projectArn(aws: AwsContext, name: string): string {
  return `arn:aws:codebuild:${aws.region}:${aws.account}:project/${name}`;
}

/** The name in `arn:aws:codebuild:REGION:ACCOUNT:project/NAME`, or the name itself. */
export function plainName(nameOrArn: string): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn.slice(nameOrArn.indexOf("/") + 1) : nameOrArn;
}

/** What an input sets, in the form a project shows it. */
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
    // How an update takes a limit away.
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

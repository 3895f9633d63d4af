import { randomUUID } from "node:crypto";
import type { Build, EnvironmentVariable, LogsLocation, Project } from "@aws-sdk/client-codebuild";
import type { AwsContext } from "../aws-context";
import { mergeVariables } from "./environment";
import type { ArtifactLocation } from "./pipeline-build";

/** The parameters of a build. */
export interface BuildRequest {
  readonly project: Project;
  readonly number: number;
  readonly initiator: string;
  readonly sourceVersion?: string;
  readonly resolvedSourceVersion?: string | undefined;
  /** Without inputs, the build starts in an empty folder. */
  readonly inputs: readonly ArtifactLocation[];
  readonly primary?: string;
  readonly outputs: readonly ArtifactLocation[];
  readonly environment: readonly EnvironmentVariable[];
}

/** Returns a new build as BatchGetBuilds shows it, before its first phase. */
export function newBuild(aws: AwsContext, request: BuildRequest): Build {
  const { project, number } = request;
  const uuid = randomUUID();
  const id = `${project.name}:${uuid}`;
  const [primary, ...secondary] = request.outputs.map(({ name, bucket, key }) => ({
    location: `arn:aws:s3:::${bucket}/${key}`,
    artifactIdentifier: name,
  }));
  return {
    id,
    arn: `arn:aws:codebuild:${aws.region}:${aws.account}:build/${id}`,
    buildNumber: number,
    startTime: new Date(),
    currentPhase: "SUBMITTED",
    buildStatus: "IN_PROGRESS",
    buildComplete: false,
    sourceVersion: request.sourceVersion,
    resolvedSourceVersion: request.resolvedSourceVersion,
    projectName: project.name,
    source: project.source,
    artifacts: primary ?? { location: "" },
    secondaryArtifacts: secondary,
    cache: project.cache,
    environment: {
      ...project.environment!,
      environmentVariables: mergeVariables(
        project.environment?.environmentVariables ?? [],
        request.environment,
      ),
    },
    serviceRole: project.serviceRole,
    logs: logsOf(aws, project, uuid),
    timeoutInMinutes: project.timeoutInMinutes,
    queuedTimeoutInMinutes: project.queuedTimeoutInMinutes,
    initiator: request.initiator,
    encryptionKey: project.encryptionKey,
  };
}

/** Returns the unique part of a build's ID. */
export function uuidOf(build: Build): string {
  return build.id!.slice(build.id!.indexOf(":") + 1);
}

/** Returns where a build logs to. Without a group, nothing is sent to CloudWatch Logs. */
function logsOf(aws: AwsContext, { name, logsConfig }: Project, uuid: string): LogsLocation {
  const config = logsConfig?.cloudWatchLogs;
  if (config?.status === "DISABLED") return { cloudWatchLogs: config };
  const groupName = config?.groupName ?? `/aws/codebuild/${name}`;
  const streamName = config?.streamName ? `${config.streamName}/${uuid}` : uuid;
  const group = `arn:aws:logs:${aws.region}:${aws.account}:log-group:${groupName}`;
  return {
    groupName,
    streamName,
    cloudWatchLogsArn: `${group}:log-stream:${streamName}`,
    cloudWatchLogs: config ?? { status: "ENABLED" },
  };
}

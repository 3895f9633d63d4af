import type { Project, StartBuildInput, StartBuildOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import type { Operation } from "../../operation";
import type { ArtifactLocation } from "../pipeline-build";
import type { Context } from "./context";
import { check, minutes, role, variables } from "./input";

/** The emulated members of the input. Others are rejected, not ignored. */
const startInput = z.strictObject({
  projectName: z.string().min(1),
  sourceVersion: z.string().optional(),
  sourceTypeOverride: z.enum(["NO_SOURCE", "S3"]).optional(),
  sourceLocationOverride: z.string().optional(),
  buildspecOverride: z.string().optional(),
  artifactsOverride: z.looseObject({ type: z.literal("NO_ARTIFACTS") }).optional(),
  environmentVariablesOverride: variables.optional(),
  environmentTypeOverride: z.string().min(1).optional(),
  imageOverride: z.string().min(1).optional(),
  computeTypeOverride: z.string().min(1).optional(),
  privilegedModeOverride: z.boolean().optional(),
  serviceRoleOverride: role.optional(),
  timeoutInMinutesOverride: minutes(2160).optional(),
  queuedTimeoutInMinutesOverride: minutes(480).optional(),
  encryptionKeyOverride: z.string().min(1).optional(),
  logsConfigOverride: z.looseObject({}).optional(),
});

const SOURCE = "source";

/**
 * Starts a build outside a pipeline. Its source is an archive in S3 or none, and it has no artifacts.
 */
export function startBuild({ projects, builds }: Context): Operation<StartBuildInput, StartBuildOutput> {
  return (input, caller) => {
    check(startInput, input);
    const project = overridden(projects.get(input.projectName!), input);
    if (project.artifacts?.type !== "NO_ARTIFACTS") {
      throw invalid(
        project,
        "its artifacts belong to a pipeline or a bucket: set artifactsOverride to NO_ARTIFACTS",
      );
    }
    const build = builds.start(project, {
      initiator: initiator(caller),
      sourceVersion: input.sourceVersion,
      inputs: inputsOf(project),
      primary: SOURCE,
      outputs: [],
      environment: input.environmentVariablesOverride ?? [],
    });
    return { build };
  };
}

/** Returns the initiator of a build: the name of a user, or role and session. */
function initiator(caller: string): string {
  return caller.slice(caller.lastIndexOf(":") + 1).replace(/^(user|assumed-role)\//, "");
}

function overridden(project: Project, input: StartBuildInput): Project {
  const { source, environment } = project;
  return {
    ...project,
    serviceRole: input.serviceRoleOverride ?? project.serviceRole,
    timeoutInMinutes: input.timeoutInMinutesOverride ?? project.timeoutInMinutes,
    queuedTimeoutInMinutes: input.queuedTimeoutInMinutesOverride ?? project.queuedTimeoutInMinutes,
    encryptionKey: input.encryptionKeyOverride ?? project.encryptionKey,
    logsConfig: input.logsConfigOverride ?? project.logsConfig,
    artifacts: input.artifactsOverride ?? project.artifacts,
    source: {
      ...source,
      type: input.sourceTypeOverride ?? source?.type,
      location: input.sourceLocationOverride ?? source?.location,
      buildspec: input.buildspecOverride ?? source?.buildspec,
    },
    environment: {
      ...environment!,
      type: input.environmentTypeOverride ?? environment!.type,
      image: input.imageOverride ?? environment!.image,
      computeType: input.computeTypeOverride ?? environment!.computeType,
      privilegedMode: input.privilegedModeOverride ?? environment!.privilegedMode,
    },
  };
}

function inputsOf(project: Project): ArtifactLocation[] {
  const { type, location = "" } = project.source!;
  if (type === "NO_SOURCE") return [];
  if (type !== "S3") {
    throw invalid(
      project,
      `a source of type ${type} is not emulated outside a pipeline: set sourceTypeOverride`,
    );
  }
  const [, bucket, key] = /^(?:arn:aws:s3:::)?([^/]+)\/(.+)$/.exec(location) ?? [];
  if (!bucket || !key) throw invalid(project, `its source location ${location} is not BUCKET/KEY`);
  return [{ name: SOURCE, bucket, key }];
}

function invalid({ name }: Project, reason: string): AwsError {
  return new AwsError("InvalidInputException", `Project ${name} cannot be built: ${reason}`);
}

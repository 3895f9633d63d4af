import type { Build } from "@aws-sdk/client-codebuild";
import type { AwsContext, Credentials } from "../aws-context";
import { assumeServiceRole, RoleNotAssumable } from "../service-role";
import type { BuildLog } from "./build-log";
import { uuidOf } from "./build-record";
import { LogStream } from "./log-stream";
import { PhaseError } from "./phase-error";
import { projectArn } from "./projects";

/**
 * Assumes a build's role, and masks the credentials in its log.
 * @throws PhaseError `ACCESS_DENIED` if the role cannot be assumed
 */
export async function assumeBuildRole(aws: AwsContext, build: Build, log: BuildLog): Promise<Credentials> {
  const role = build.serviceRole!;
  try {
    const session = `AWSCodeBuild-${uuidOf(build)}`;
    const credentials = await assumeServiceRole(
      aws,
      "codebuild.amazonaws.com",
      role,
      session,
      projectArn(aws, build.projectName!),
    );
    log.mask([credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken ?? ""]);
    return credentials;
  } catch (error) {
    if (!(error instanceof RoleNotAssumable)) throw error;
    throw new PhaseError(
      "ACCESS_DENIED",
      `CodeBuild is not authorized to perform: sts:AssumeRole on ${role}. ${error.message}`,
    );
  }
}

/**
 * Opens the log stream of a build; undefined if the project has CloudWatch Logs disabled.
 * @throws PhaseError `ACCESS_DENIED`: the service fails the build before it runs anything
 */
export async function openLogStream(
  aws: AwsContext,
  credentials: Credentials,
  { arn, logs, serviceRole }: Build,
): Promise<LogStream | undefined> {
  if (!logs?.groupName) return undefined;
  try {
    return await LogStream.open(aws, credentials, logs.groupName, logs.streamName!);
  } catch (error) {
    throw new PhaseError(
      "ACCESS_DENIED",
      `Service role ${serviceRole} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams ` +
        `for build ${arn}. Error message: ${(error as Error).message}`,
    );
  }
}

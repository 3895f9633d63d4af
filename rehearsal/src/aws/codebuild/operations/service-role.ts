import { AwsError } from "../../aws-error";
import type { AwsContext } from "../../aws-context";
import { assumeServiceRole, RoleNotAssumable } from "../../service-role";

/**
 * Checks that CodeBuild can assume the role of a project, as the service does before it stores the project.
 * @throws InvalidInputException
 */
export async function checkServiceRole(aws: AwsContext, roleArn: string, projectArn: string): Promise<void> {
  try {
    await assumeServiceRole(aws, "codebuild.amazonaws.com", roleArn, "AWSCodeBuild", projectArn);
  } catch (error) {
    if (!(error instanceof RoleNotAssumable)) throw error;
    throw new AwsError(
      "InvalidInputException",
      `CodeBuild is not authorized to perform: sts:AssumeRole on ${roleArn}. ${error.message}`,
    );
  }
}

import type { AwsContext, Credentials } from "../aws-context";
import { assumeRole, assumeServiceRole, RoleNotAssumable } from "../service-role";
import { ActionFailed, type ActionRequest } from "./actions/action";

/**
 * Assumes the role of an action: the pipeline's, or the action's own, which the pipeline's role must be allowed to
 * assume.
 * @throws ActionFailed
 */
export async function actionCredentials(aws: AwsContext, request: ActionRequest): Promise<Credentials> {
  const { roleArn } = request.pipeline.declaration;
  const session = request.executionId;
  let arn = roleArn!;
  try {
    const pipeline = await assumeServiceRole(
      aws,
      "codepipeline.amazonaws.com",
      arn,
      session,
      request.pipeline.arn,
    );
    if (!request.action.roleArn) return pipeline;
    arn = request.action.roleArn;
    return await assumeRole(aws, pipeline, arn, session);
  } catch (error) {
    if (!(error instanceof RoleNotAssumable)) throw error;
    const message = `CodePipeline is not authorized to perform AssumeRole on role ${arn}. ${error.message}`;
    throw new ActionFailed("PermissionError", message);
  }
}

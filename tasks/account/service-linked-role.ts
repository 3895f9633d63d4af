import { CreateServiceLinkedRoleCommand, InvalidInputException, type IAMClient } from "@aws-sdk/client-iam";

const SERVICE = "ops.apigateway.amazonaws.com";

/**
 * Makes sure that the account has API Gateway's service-linked role. AWS creates it with an account's first API, for
 * which the step that creates this API would need `iam:CreateServiceLinkedRole`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
 *
 * @returns whether it was created
 * @throws Error that says what to do if the caller is not allowed to
 */
export async function ensureApiGatewayRole(iam: IAMClient): Promise<boolean> {
  try {
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: SERVICE }));
    return true;
  } catch (error) {
    // "Service role name AWSServiceRoleForAPIGateway has been taken in this account"
    if (error instanceof InvalidInputException && error.message.includes("has been taken")) return false;
    throw new Error(
      `API Gateway's service-linked role cannot be created: ${(error as Error).message}\n` +
        "Have an administrator of the account run: " +
        `aws iam create-service-linked-role --aws-service-name ${SERVICE}`,
      { cause: error },
    );
  }
}

import type { LambdaEvent } from "hono/aws-lambda";

/**
 * Returns the commit that was delivered last, from the variables that the pipeline gives the API's stage. Undefined if it
 * was delivered with another version than this one, such as while traffic shifts, or after a rollback.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function deliveredCommit(
  event: LambdaEvent | undefined,
  functionVersion: string | undefined,
): string | undefined {
  if (!event || !("stageVariables" in event)) return undefined;
  const { commit, version } = event.stageVariables ?? {};
  return version !== undefined && version === functionVersion ? commit : undefined;
}

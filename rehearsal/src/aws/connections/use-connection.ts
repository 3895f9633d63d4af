import type { Authorization } from "../authorization";
import { AwsError } from "../aws-error";
import type { Credentials } from "../aws-context";

/** A role needs one of these permissions: the service has two names. */
const ACTIONS = ["codeconnections:UseConnection", "codestar-connections:UseConnection"];

/** Whether a role session is allowed to use a connection. */
export async function canUseConnection(
  authorization: Authorization,
  credentials: Credentials,
  connection: string,
): Promise<boolean> {
  for (const action of ACTIONS) {
    try {
      await authorization.check(credentials, [{ action, resource: connection }]);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== "AccessDeniedException") throw error;
    }
  }
  return false;
}

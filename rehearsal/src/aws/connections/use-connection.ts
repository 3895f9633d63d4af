import type { Authorization } from "../authorization";
import { AwsError } from "../aws-error";
import type { Credentials } from "../aws-context";

/** The right a role needs, under one of the names of the service. */
const ACTIONS = ["codeconnections:UseConnection", "codestar-connections:UseConnection"];

/** Whether the session of a role may take code through a connection. */
export async function mayUseConnection(
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

import type { AwsContext } from "../aws-context";
import type { CallPermissions, PermissionsOf } from "../permissions";
import type { ServiceName } from "./connection";
import type { ConnectionOperations } from "./operations";

/** Returns the permissions for connections, by the Service Authorization Reference. */
export function connectionPermissions(
  { region, account }: AwsContext,
  service: ServiceName,
): PermissionsOf<ConnectionOperations> {
  const onMember =
    (member: "ConnectionArn" | "ResourceArn") =>
    (input: object): CallPermissions => ({
      resources: [`${(input as Record<string, unknown>)[member] as string}`],
    });
  return {
    // A connection has no ARN before it is created.
    CreateConnection: () => ({ resources: ["*"] }),
    DeleteConnection: onMember("ConnectionArn"),
    GetConnection: onMember("ConnectionArn"),
    ListConnections: () => ({ resources: [`arn:aws:${service}:${region}:${account}:connection/*`] }),
    ListTagsForResource: onMember("ResourceArn"),
    TagResource: onMember("ResourceArn"),
    UntagResource: onMember("ResourceArn"),
  };
}

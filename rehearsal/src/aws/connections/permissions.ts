import type { AwsContext } from "../aws-context";
import type { Needs, NeedsOf } from "../permissions";
import type { ServiceName } from "./connection";
import type { ConnectionOperations } from "./operations";

/** What the operations on connections need, by the Service Authorization Reference. */
export function connectionNeeds(
  { region, account }: AwsContext,
  service: ServiceName,
): NeedsOf<ConnectionOperations> {
  const onMember =
    (member: "ConnectionArn" | "ResourceArn") =>
    (input: object): Needs => ({
      on: [`${(input as Record<string, unknown>)[member] as string}`],
    });
  return {
    // A connection's ARN is not known before it is there.
    CreateConnection: () => ({ on: ["*"] }),
    DeleteConnection: onMember("ConnectionArn"),
    GetConnection: onMember("ConnectionArn"),
    ListConnections: () => ({ on: [`arn:aws:${service}:${region}:${account}:connection/*`] }),
    ListTagsForResource: onMember("ResourceArn"),
    TagResource: onMember("ResourceArn"),
    UntagResource: onMember("ResourceArn"),
  };
}

import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput } from "../check-input";
import { PROVIDER_TYPES, type Connection } from "../connection";
import type { Connections } from "../connections";

const schema = z.object({
  ProviderTypeFilter: z.enum(PROVIDER_TYPES).optional(),
  HostArnFilter: z.string().optional(),
  MaxResults: z.number().int().min(0).max(100).default(100),
  NextToken: z.string().optional(),
});

interface Output {
  readonly Connections: readonly Connection[];
  readonly NextToken: string | undefined;
}

/** Lists connections, the oldest first. The token is the ARN of the last one on the previous page. */
export const listConnections =
  (connections: Connections) =>
  (input: object): Output => {
    const { ProviderTypeFilter, HostArnFilter, MaxResults, NextToken } = checkInput(schema, input);
    const matching = connections
      .all()
      .filter(({ ProviderType }) => !ProviderTypeFilter || ProviderType === ProviderTypeFilter)
      // No connection here has a host.
      .filter(() => HostArnFilter === undefined);
    const last = matching.findIndex(({ ConnectionArn }) => ConnectionArn === NextToken);
    if (NextToken !== undefined && last < 0) {
      throw new AwsError("ValidationException", "NextToken is not one of this list");
    }
    const page = matching.slice(last + 1, last + 1 + (MaxResults || 100));
    const hasMore = page.length > 0 && page.at(-1) !== matching.at(-1);
    return { Connections: page, NextToken: hasMore ? page.at(-1)!.ConnectionArn : undefined };
  };

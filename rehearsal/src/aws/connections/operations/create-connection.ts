import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, tags } from "../check-input";
import { PROVIDER_TYPES, type ServiceName, type Tag } from "../connection";
import type { Connections } from "../connections";

const schema = z.object({
  ConnectionName: z
    .string()
    .min(1)
    .max(32)
    .regex(/^\S[\s\S]*$/, "must not begin with a space"),
  ProviderType: z.enum(PROVIDER_TYPES).optional(),
  HostArn: z.string().optional(),
  Tags: tags.optional(),
});

interface Output {
  readonly ConnectionArn: string;
  readonly Tags: readonly Tag[];
}

export const createConnection =
  (connections: Connections, service: ServiceName) =>
  (input: object): Output => {
    const { ConnectionName, ProviderType, HostArn, Tags = [] } = checkInput(schema, input);
    if (HostArn !== undefined) {
      throw new AwsError("ValidationException", "Hosts are not emulated by the rehearsal: omit HostArn");
    }
    if (ProviderType !== "GitHub") {
      const given = ProviderType ?? "none";
      throw new AwsError("ValidationException", `The rehearsal emulates ProviderType GitHub, not ${given}`);
    }
    const { ConnectionArn } = connections.create(service, ConnectionName, ProviderType, Tags);
    return { ConnectionArn, Tags };
  };

import { z } from "zod";
import { arn, checkInput } from "../check-input";
import type { Connections } from "../connections";

const schema = z.object({ ResourceArn: arn, TagKeys: z.array(z.string().min(1)) });

export const untagResource =
  (connections: Connections) =>
  (input: object): object => {
    const { ResourceArn, TagKeys } = checkInput(schema, input);
    const kept = connections.tags(ResourceArn).filter(({ Key }) => !TagKeys.includes(Key));
    connections.setTags(ResourceArn, kept);
    return {};
  };

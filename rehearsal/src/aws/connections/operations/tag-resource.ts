import { z } from "zod";
import { arn, checkInput, tags } from "../check-input";
import type { Connections } from "../connections";

const schema = z.object({ ResourceArn: arn, Tags: tags });

export const tagResource =
  (connections: Connections) =>
  (input: object): object => {
    const { ResourceArn, Tags } = checkInput(schema, input);
    const kept = connections.tags(ResourceArn).filter(({ Key }) => !Tags.some((tag) => tag.Key === Key));
    connections.setTags(ResourceArn, [...kept, ...Tags]);
    return {};
  };

import { z } from "zod";
import { arn, checkInput, tags } from "../check-input";
import type { Tag } from "../connection";
import type { Connections } from "../connections";

const resource = z.object({ ResourceArn: arn });
const tagging = resource.extend({ Tags: tags });
const untagging = resource.extend({ TagKeys: z.array(z.string().min(1)) });

export const listTagsForResource =
  (connections: Connections) =>
  (input: object): { Tags: readonly Tag[] } => ({
    Tags: connections.tags(checkInput(resource, input).ResourceArn),
  });

export const tagResource =
  (connections: Connections) =>
  (input: object): object => {
    const { ResourceArn, Tags } = checkInput(tagging, input);
    const kept = connections.tags(ResourceArn).filter(({ Key }) => !Tags.some((tag) => tag.Key === Key));
    connections.setTags(ResourceArn, [...kept, ...Tags]);
    return {};
  };

export const untagResource =
  (connections: Connections) =>
  (input: object): object => {
    const { ResourceArn, TagKeys } = checkInput(untagging, input);
    const kept = connections.tags(ResourceArn).filter(({ Key }) => !TagKeys.includes(Key));
    connections.setTags(ResourceArn, kept);
    return {};
  };

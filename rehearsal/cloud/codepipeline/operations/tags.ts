import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, tags } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const resource = z.object({ resourceArn: z.string().min(1) });
const tagging = resource.extend({ tags });
const untagging = resource.extend({ tagKeys: z.array(z.string()) });

export const listTagsForResource =
  (codepipeline: CodePipeline) =>
  (input: ListTagsForResourceInput): ListTagsForResourceOutput => {
    const { resourceArn } = checkInput(resource, input);
    return { tags: [...codepipeline.tagged(resourceArn).tags] };
  };

export const tagResource =
  (codepipeline: CodePipeline) =>
  (input: TagResourceInput): object => {
    const { resourceArn, tags } = checkInput(tagging, input);
    const item = codepipeline.tagged(resourceArn);
    const kept = item.tags.filter(({ key }) => !tags.some((tag) => tag.key === key));
    item.tags = [...kept, ...tags];
    return {};
  };

export const untagResource =
  (codepipeline: CodePipeline) =>
  (input: UntagResourceInput): object => {
    const { resourceArn, tagKeys } = checkInput(untagging, input);
    const item = codepipeline.tagged(resourceArn);
    item.tags = item.tags.filter(({ key }) => !tagKeys.includes(key!));
    return {};
  };

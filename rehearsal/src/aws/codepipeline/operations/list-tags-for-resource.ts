import type { ListTagsForResourceInput, ListTagsForResourceOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ resourceArn: z.string().min(1) });

export const listTagsForResource =
  (codepipeline: CodePipeline) =>
  (input: ListTagsForResourceInput): ListTagsForResourceOutput => {
    const { resourceArn } = checkInput(schema, input);
    return { tags: [...codepipeline.tagged(resourceArn).tags] };
  };

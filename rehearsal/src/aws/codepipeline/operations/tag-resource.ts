import type { TagResourceInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, tags } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ resourceArn: z.string().min(1), tags });

export const tagResource =
  (codepipeline: CodePipeline) =>
  (input: TagResourceInput): object => {
    const { resourceArn, tags } = checkInput(schema, input);
    const item = codepipeline.tagged(resourceArn);
    const kept = item.tags.filter(({ key }) => !tags.some((tag) => tag.key === key));
    item.tags = [...kept, ...tags];
    return {};
  };

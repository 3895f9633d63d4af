import type { UntagResourceInput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ resourceArn: z.string().min(1), tagKeys: z.array(z.string()) });

export const untagResource =
  (codepipeline: CodePipeline) =>
  (input: UntagResourceInput): object => {
    const { resourceArn, tagKeys } = checkInput(schema, input);
    const item = codepipeline.tagged(resourceArn);
    item.tags = item.tags.filter(({ key }) => !tagKeys.includes(key!));
    return {};
  };

import type { ListWebhooksInput, ListWebhooksOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, page, pageOf } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import { itemOf } from "./put-webhook";

// Only this operation's members begin with capital letters.
const schema = z.object({ MaxResults: page.maxResults, NextToken: page.nextToken });

export const listWebhooks =
  (codepipeline: CodePipeline) =>
  (input: ListWebhooksInput): ListWebhooksOutput => {
    const { MaxResults: maxResults, NextToken: token } = checkInput(schema, input);
    const { items, nextToken } = pageOf(codepipeline.webhooks(), ({ arn }) => arn, {
      maxResults,
      nextToken: token,
    });
    return { webhooks: items.map(itemOf), NextToken: nextToken };
  };

import type { DeleteWebhookInput, DeleteWebhookOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ name });

/** Deletes a webhook. As in AWS, it succeeds if the webhook does not exist. */
export const deleteWebhook =
  (codepipeline: CodePipeline) =>
  (input: DeleteWebhookInput): DeleteWebhookOutput => {
    codepipeline.deleteWebhook(checkInput(schema, input).name);
    return {};
  };

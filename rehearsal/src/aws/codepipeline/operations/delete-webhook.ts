import type { DeleteWebhookInput, DeleteWebhookOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";

const schema = z.object({ name });

/** Deleting what is not there succeeds, as on AWS. */
export const deleteWebhook =
  (codepipeline: CodePipeline) =>
  (input: DeleteWebhookInput): DeleteWebhookOutput => {
    codepipeline.deleteWebhook(checkInput(schema, input).name);
    return {};
  };

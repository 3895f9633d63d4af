import type {
  ListWebhookItem,
  PutWebhookInput,
  PutWebhookOutput,
  WebhookDefinition,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name, tags } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import { isJsonPath, type Webhook } from "../webhook";

const schema = z.object({
  webhook: z.object({
    name,
    targetPipeline: name,
    targetAction: name,
    filters: z
      .array(
        z.object({
          jsonPath: z.string().min(1).max(150),
          matchEquals: z.string().min(1).max(150).optional(),
        }),
      )
      .max(5),
    authentication: z.enum(["GITHUB_HMAC", "IP", "UNAUTHENTICATED"]),
    authenticationConfiguration: z.object({
      SecretToken: z.string().min(1).max(100).optional(),
      AllowedIPRange: z.string().optional(),
    }),
  }),
  tags: tags.optional(),
});

export const putWebhook =
  (codepipeline: CodePipeline) =>
  (input: PutWebhookInput): PutWebhookOutput => {
    const { webhook: definition, tags } = checkInput(schema, input);
    checkTarget(codepipeline, definition);
    checkAuthentication(definition);
    for (const { jsonPath } of definition.filters) {
      if (!isJsonPath(jsonPath)) {
        throw new AwsError(
          "InvalidWebhookFilterPatternException",
          `${jsonPath} is not a JSONPath that the rehearsal supports`,
        );
      }
    }
    return { webhook: itemOf(codepipeline.putWebhook(definition, tags)) };
  };

/** Returns a webhook as in lists, with its secret: Terraform would replace the webhook otherwise. */
export function itemOf({ arn, url, definition, tags, lastTriggered }: Webhook): ListWebhookItem {
  return { arn, url, definition, tags: [...tags], lastTriggered };
}

function checkTarget(codepipeline: CodePipeline, { targetPipeline, targetAction }: WebhookDefinition): void {
  const { stages } = codepipeline.get(targetPipeline!).declaration;
  if (!stages![0]!.actions!.some((action) => action.name === targetAction)) {
    const message = `Pipeline '${targetPipeline}' has no source action '${targetAction}'`;
    throw new AwsError("ValidationException", message);
  }
}

function checkAuthentication({ authentication, authenticationConfiguration }: WebhookDefinition): void {
  const code = "InvalidWebhookAuthenticationParametersException";
  if (authentication === "IP") throw new AwsError(code, "Authentication IP is not emulated by the rehearsal");
  if (authentication === "GITHUB_HMAC" && !authenticationConfiguration?.SecretToken) {
    throw new AwsError(code, "Authentication GITHUB_HMAC needs a SecretToken");
  }
}

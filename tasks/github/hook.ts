import { CodePipelineClient, paginateListWebhooks } from "@aws-sdk/client-codepipeline";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { readSettings } from "../../settings";
import { GitHubApi } from "./api";
import { readSecret } from "./secret";

const hooks = z.array(z.object({ id: z.number(), config: z.object({ url: z.string().optional() }) }));

/** Returns the id of the repository's hook that calls a CodePipeline webhook; undefined when there is none. */
export async function findHook(repository: string, webhook: string): Promise<number | undefined> {
  const url = await webhookUrl(webhook);
  if (url === undefined) return undefined;
  const { githubAccessToken = "" } = await readSecret(new SecretsManagerClient());
  const answer = await new GitHubApi(githubAccessToken).request(
    `repos/${readSettings().pipeline_githubOwner}/${repository}/hooks?per_page=100`,
  );
  if (!answer.ok) {
    throw new Error(
      `GitHub does not show the hooks of ${repository}: ${answer.status}. ` +
        "The token needs the permission Webhooks (read and write); renew it with npm run bootstrap.",
    );
  }
  return hooks.parse(await answer.json()).find(({ config }) => config.url === url)?.id;
}

async function webhookUrl(name: string): Promise<string | undefined> {
  for await (const { webhooks } of paginateListWebhooks({ client: new CodePipelineClient() }, {})) {
    const found = webhooks?.find(({ definition }) => definition?.name === name);
    if (found) return found.url;
  }
  return undefined;
}

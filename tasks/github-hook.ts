import { CodePipelineClient, paginateListWebhooks } from "@aws-sdk/client-codepipeline";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { readSettings } from "../settings";
import { readSecret } from "./github-secret";

const hooks = z.array(z.object({ id: z.number(), config: z.object({ url: z.string().optional() }) }));

/** The id of the repository's hook that calls a webhook of CodePipeline; undefined when there is none. */
export async function findHook(repository: string, webhook: string): Promise<number | undefined> {
  const url = await webhookUrl(webhook);
  if (url === undefined) return undefined;
  const { githubAccessToken } = await readSecret(new SecretsManagerClient());
  // As the provider takes it: the site of an enterprise's own GitHub, whose API is under a path.
  const site = process.env.GITHUB_BASE_URL;
  const rest = site ? new URL("api/v3/", site) : new URL("https://api.github.com/");
  const path = `repos/${readSettings().pipeline_githubOwner}/${repository}/hooks?per_page=100`;
  const answer = await fetch(new URL(path, rest), {
    headers: { accept: "application/vnd.github+json", authorization: `Bearer ${githubAccessToken}` },
  });
  if (!answer.ok) {
    throw new Error(
      `GitHub does not show the hooks of ${repository}: ${answer.status}. ` +
        "The token needs the right Webhooks (read and write); renew it with npm run bootstrap.",
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

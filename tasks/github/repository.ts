import {
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { z } from "zod";
import type { RepositoryIdentity } from "../../invocation";
import type { Settings } from "../../settings";
import type { GitHubApi } from "./api";

const repository = z.object({
  id: z.number(),
  name: z.string(),
  owner: z.object({ id: z.number(), login: z.string() }),
});

const settingsOf = ({ pipeline_githubOwner: owner, pipeline_githubRepo: name }: Settings) =>
  `${owner}/${name}`;

/**
 * Reads the repository of the settings as GitHub spells it, and its ids.
 *
 * @throws where GitHub refuses the token, does not show it the repository, or knows it by another name
 */
export async function readRepository(api: GitHubApi, settings: Settings): Promise<RepositoryIdentity> {
  const wanted = settingsOf(settings);
  // GitHub redirects from the former name of a renamed or transferred repository.
  const answer = await api.request(`repos/${wanted}`);
  if (!answer.ok) throw new Error(refusal(answer, wanted));
  const { id, name, owner } = repository.parse(await answer.json());
  const found = `${owner.login}/${name}`;
  if (found.toLowerCase() !== wanted.toLowerCase()) {
    throw new Error(
      `GitHub knows ${wanted} as ${found}: it was renamed or transferred. ` +
        `Set pipeline_githubOwner=${owner.login} and pipeline_githubRepo=${name}, and run this again.`,
    );
  }
  return { owner: owner.login, ownerId: String(owner.id), name, id: String(id) };
}

/**
 * Updates the parameter with the repository's identity; where there is none yet, the state stack creates it.
 *
 * @returns whether the identity has changed
 */
export async function updateRepository(
  ssm: SSMClient,
  settings: Settings,
  identity: RepositoryIdentity,
): Promise<boolean> {
  const Name = `/${settings.hw_stack_name}/github_repository`;
  const Value = JSON.stringify(identity);
  const stored = await ssm.send(new GetParameterCommand({ Name })).catch((error: unknown) => {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  });
  if (stored === undefined || stored.Parameter?.Value === Value) return false;
  await ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  return true;
}

function refusal({ status, headers }: Response, wanted: string): string {
  switch (status) {
    case 401:
      return (
        "GitHub does not accept the token (401): it is wrong, expired or deleted. Create a new one, " +
        "set the variable githubAccessToken to it, and run this again (docs/runbooks/renew-github-token.md)."
      );
    case 404:
      return (
        `GitHub does not show the repository ${wanted} to this token (404). Check pipeline_githubOwner and ` +
        "pipeline_githubRepo, and that the token has access to this repository."
      );
    case 403:
    case 429:
      return headers.get("x-ratelimit-remaining") === "0"
        ? `GitHub answers no more requests with this token for now (${status}): run this again in an hour.`
        : `GitHub refuses the token the repository ${wanted} (${status}). An organization may have to approve ` +
            "the token, or to authorize it for single sign-on: see the token's page on GitHub.";
    default:
      return `GitHub answers ${status} to a question about the repository ${wanted}. Run this again later.`;
  }
}

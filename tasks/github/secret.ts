import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { randomInt } from "node:crypto";
import { z } from "zod";
import { secretName } from "../../settings";

const gitHubSecret = z.object({ githubAccessToken: z.string(), webhookSecret: z.string() });

/** The value of the secret `PIPELINE_GITHUB`. */
export type GitHubSecret = Readonly<z.infer<typeof gitHubSecret>>;

const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Returns 40 letters and digits: with other characters AWS ignores GitHub's requests silently. */
export function newWebhookSecret(): string {
  return Array.from({ length: 40 }, () => alphanumerics[randomInt(alphanumerics.length)]).join("");
}

/**
 * Reads the secret; returns nothing where it has no value or does not exist yet.
 *
 * @throws where it has other keys
 */
export async function readSecret(client: SecretsManagerClient): Promise<Partial<GitHubSecret>> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretName }));
    return parse(SecretString ?? "{}");
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return {};
    throw error;
  }
}

/** The errors of JSON.parse and zod quote the value, which can be a token. */
function parse(value: string): Partial<GitHubSecret> {
  try {
    return gitHubSecret.partial().parse(JSON.parse(value));
  } catch {
    throw new Error(
      `The secret ${secretName} does not hold JSON with the keys githubAccessToken and webhookSecret. ` +
        "Set its value to {} (aws secretsmanager put-secret-value), and run this again.",
    );
  }
}

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/appendix-github-oauth.html */
const tokenKinds =
  "Use a fine-grained token for this repository alone, with the permissions Contents (read), Webhooks (read and write) " +
  "and Commit statuses (read and write), or a classic token with the scopes repo and admin:repo_hook. AWS documents " +
  "only the classic one for the pipeline's source (GitHub version 1): use it if Source1 refuses the other.";

/**
 * Returns the token to store: from the variable `githubAccessToken`, else the stored one, else from the terminal, where it
 * is not shown.
 *
 * @throws where there is none and no terminal
 */
export async function chooseToken(stored: Partial<GitHubSecret>): Promise<string> {
  const known = knownToken(stored);
  if (known) return known;
  if (!process.stdin.isTTY) {
    throw new Error(
      "There is no GitHub token: set the variable githubAccessToken, or run this in a terminal, which asks for it. " +
        tokenKinds,
    );
  }
  const { default: password } = await import("@inquirer/password");
  console.log(`\n${tokenKinds}`);
  return password({ message: "GitHub token:", mask: "*" });
}

/** Returns the token from the variable `githubAccessToken`, else the stored one; empty where there is none. */
export function knownToken(stored: Partial<GitHubSecret>): string {
  // An empty variable counts as missing, as it does for the settings.
  return process.env.githubAccessToken || stored.githubAccessToken || "";
}

/** Stores what is not stored yet. An existing webhook secret stays: GitHub and AWS share it already. */
export async function storeSecret(
  client: SecretsManagerClient,
  stored: Partial<GitHubSecret>,
  githubAccessToken: string,
): Promise<boolean> {
  const wanted: GitHubSecret = {
    githubAccessToken,
    webhookSecret: stored.webhookSecret || newWebhookSecret(),
  };
  if (stored.githubAccessToken === githubAccessToken && stored.webhookSecret === wanted.webhookSecret)
    return false;
  await client.send(
    new PutSecretValueCommand({ SecretId: secretName, SecretString: JSON.stringify(wanted) }),
  );
  return true;
}

/**
 * Returns the operator's token for rulesets, which is not stored; undefined without one.
 *
 * @throws Error if it is the token that the pipeline uses
 */
export function adminToken(pipelineToken: string): string | undefined {
  const { githubAdminToken: own } = process.env;
  if (own === pipelineToken) {
    throw new Error(
      "githubAdminToken is the token that the pipeline uses, which must not change rulesets; nothing was created. Set " +
        "another one, and run npm run bootstrap again.",
    );
  }
  return own || undefined;
}

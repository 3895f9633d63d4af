import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";
import type { Credentials } from "../../rehearsal/src/aws/aws-context";

/** The stand-in for GitHub, and the token that it accepts. */
export interface GitHubAccess {
  /** What GITHUB_BASE_URL is set to. */
  readonly api: string;
  readonly token: string;
}

/** A run as the stand-in takes it: the event, and what differs from a run in the rehearsed repository. */
export type Run = Readonly<{ event: "pull_request" | "push" | "workflow_run" } & Record<string, unknown>>;

/** The run that plans a pull request: of the main branch's own workflow. */
const PLAN: Run = { event: "workflow_run", workflow: "plan.yml" };

/** The variables with which the job of a run gets its tokens, where it may have any. */
export async function tokenVariables({ api, token }: GitHubAccess, run: Run): Promise<NodeJS.ProcessEnv> {
  const created = await fetch(new URL("_rehearsal/workflow-runs", api), {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify(run),
  });
  if (!created.ok) throw new Error(`No run was created: ${await created.text()}`);
  return (await created.json()) as NodeJS.ProcessEnv;
}

/** A token as `aws-actions/configure-aws-credentials` asks for it. */
export async function askForToken(
  variables: NodeJS.ProcessEnv,
  audience = "sts.amazonaws.com",
): Promise<string> {
  const url = variables.ACTIONS_ID_TOKEN_REQUEST_URL;
  if (url === undefined) throw new Error("The run has no ACTIONS_ID_TOKEN_REQUEST_URL: it may not write.");
  const answer = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { Authorization: `bearer ${variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  });
  if (!answer.ok) throw new Error(`GitHub issued no token: ${await answer.text()}`);
  return ((await answer.json()) as { value: string }).value;
}

/** The identity token that the job of a run gets. */
export async function identityToken(github: GitHubAccess, run: Run, audience?: string): Promise<string> {
  return askForToken(await tokenVariables(github, run), audience);
}

/** A session of the role for pull requests, as the workflow that plans them gets it: by its token, without credentials. */
export async function pullRequestSession(
  { endpoint, region }: { endpoint: string; region: string },
  account: string,
  github: GitHubAccess,
): Promise<Credentials> {
  return assumeDiffRole(endpoint, region, account, await identityToken(github, PLAN));
}

/** @throws what STS answers to a token that the role is not for */
export async function assumeDiffRole(
  endpoint: string,
  region: string,
  account: string,
  WebIdentityToken: string,
): Promise<Credentials> {
  const sts = new STSClient({ endpoint, region, credentials: { accessKeyId: "", secretAccessKey: "" } });
  const { Credentials: issued } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::${account}:role/hw-diff`,
      RoleSessionName: "GitHubActions",
      WebIdentityToken,
    }),
  );
  return {
    accessKeyId: issued!.AccessKeyId!,
    secretAccessKey: issued!.SecretAccessKey!,
    sessionToken: issued!.SessionToken!,
  };
}

/** `npm run diff` in a clone that has its packages. @returns what it printed */
export async function runDiff(
  clone: string,
  environment: NodeJS.ProcessEnv,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
): Promise<string> {
  const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "diff"], {
    cwd: clone,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...environment,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    },
  });
  return stripVTControlCharacters(stdout);
}

import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../../rehearsal/src/aws/aws-context";
import { run } from "./command";

/** The stand-in for GitHub, and the token that it accepts. */
export interface GitHubAccess {
  /** The value of GITHUB_BASE_URL. */
  readonly api: string;
  readonly token: string;
}

/** A workflow run, as the stand-in for GitHub accepts it: the event, and what differs from the defaults. */
export type Run = Readonly<{ event: "pull_request" | "push" | "workflow_run" } & Record<string, unknown>>;

/** The run that plans a pull request: plan.yml of the main branch. */
const PLAN: Run = { event: "workflow_run", workflow: "plan.yml" };

/** Returns the variables with which a job requests its tokens, if it is allowed to. */
export async function tokenVariables({ api, token }: GitHubAccess, run: Run): Promise<NodeJS.ProcessEnv> {
  const created = await fetch(new URL("_rehearsal/workflow-runs", api), {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify(run),
  });
  if (!created.ok) throw new Error(`No run was created: ${await created.text()}`);
  return (await created.json()) as NodeJS.ProcessEnv;
}

/** Requests a token like `aws-actions/configure-aws-credentials`. */
export async function requestToken(
  variables: NodeJS.ProcessEnv,
  audience = "sts.amazonaws.com",
): Promise<string> {
  const url = variables.ACTIONS_ID_TOKEN_REQUEST_URL;
  if (url === undefined)
    throw new Error("No ACTIONS_ID_TOKEN_REQUEST_URL: the run has no permission id-token: write.");
  const answer = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { Authorization: `bearer ${variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  });
  if (!answer.ok) throw new Error(`GitHub issued no token: ${await answer.text()}`);
  return ((await answer.json()) as { value: string }).value;
}

/** Returns the identity token that the job of a run gets. */
export async function identityToken(github: GitHubAccess, run: Run, audience?: string): Promise<string> {
  return requestToken(await tokenVariables(github, run), audience);
}

/** Assumes the role for pull requests with an identity token, like plan.yml. */
export async function pullRequestSession(
  { endpoint, region }: { endpoint: string; region: string },
  account: string,
  github: GitHubAccess,
): Promise<Credentials> {
  return assumeDiffRole(endpoint, region, account, await identityToken(github, PLAN));
}

/** @throws the error of STS when the role's trust policy does not accept the token */
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

/** Runs `npm run diff` in a clone with installed packages. @returns the report */
export async function runDiff(
  clone: string,
  environment: NodeJS.ProcessEnv,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
): Promise<string> {
  const { code, stdout, output } = await run("npm", ["run", "--silent", "diff"], {
    cwd: clone,
    env: {
      ...environment,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    },
  });
  // 2 means that there are changes.
  if (code !== 0 && code !== 2) throw new Error(`npm run diff exited with ${code}:\n${output}`);
  return stdout;
}

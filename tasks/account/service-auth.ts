import { GetParameterCommand, ParameterNotFound, type SSMClient } from "@aws-sdk/client-ssm";
import { appendFileSync, existsSync } from "node:fs";
import type { Settings } from "../../settings";
import { namesOf } from "../../stacks/names";

/** Where the operator is asked, and where the answer is kept. */
export interface Terminal {
  /** Asks a question; undefined without a terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly say: (message: string) => void;
  /** The path of `.env`. */
  readonly envFile: string;
}

const guide = "See docs/guides/authorization.md.";

/**
 * Returns who is allowed to call the API, if the settings do not say so: as it is stored in SSM, else as the operator
 * answers. The answer is appended to `.env`, where the other commands read it, and bootstrap stores it in SSM.
 *
 * @returns undefined if no one was asked: the API of such a deployment is open, and stays so
 * @throws Error for another answer
 */
export async function chooseServiceAuth(
  ssm: SSMClient,
  settings: Settings,
  { ask, say, envFile }: Terminal,
): Promise<string | undefined> {
  const stored = await storedAuth(ssm, settings);
  if (stored !== undefined) {
    say(`service_auth=${stored} is stored in SSM, and stays. Add it to .env.`);
    return stored;
  }
  if (ask === undefined) {
    say(`The API is open to anyone (service_auth=none). Set service_auth to close it. ${guide}`);
    return undefined;
  }
  say(
    "Who is allowed to call the API?\n" +
      "  iam   AWS identities with the permission execute-api:Invoke, which sign their requests (recommended)\n" +
      "  none  anyone who knows its URL: to read, change and delete every document\n" +
      `For tokens of an OpenID provider, leave with Ctrl-C and set service_auth=jwt. ${guide}`,
  );
  const answer = await ask("iam or none: ");
  if (answer !== "iam" && answer !== "none")
    throw new Error(`${JSON.stringify(answer)} is neither iam nor none; nothing was created.`);
  if (existsSync(envFile)) appendFileSync(envFile, `\nservice_auth=${answer}\n`);
  else say(`Set service_auth=${answer} for the other commands, too.`);
  return answer;
}

async function storedAuth(ssm: SSMClient, settings: Settings): Promise<string | undefined> {
  try {
    const Name = namesOf(settings).parameter("service_auth");
    return (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

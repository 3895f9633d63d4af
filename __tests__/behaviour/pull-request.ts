import {
  CreateRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";
import type { Credentials } from "../../rehearsal/cloud/cloud";

/**
 * A session of a role with the rights of `hw-diff`, whose own trust wants a token that only GitHub Actions
 * issues.
 *
 * @param RoleName the name of the role, which is made
 */
export async function readerSession(
  client: { endpoint: string; region: string; credentials: Credentials },
  account: string,
  RoleName = "reader",
): Promise<Credentials> {
  const iam = new IAMClient(client);
  const { PolicyDocument } = await iam.send(
    new GetRolePolicyCommand({ RoleName: "hw-diff", PolicyName: "rights" }),
  );
  const trust = {
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: "rights",
      PolicyDocument: decodeURIComponent(PolicyDocument ?? ""),
    }),
  );
  const { Credentials } = await new STSClient(client).send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "diff" }),
  );
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
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

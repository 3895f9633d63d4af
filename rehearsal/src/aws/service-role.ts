import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { z } from "zod";
import { clientConfig } from "./client-config";
import type { AwsContext, Credentials } from "./aws-context";

const oneOrMore = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));

const trustPolicy = z.object({
  Statement: z.preprocess(
    (value) => (Array.isArray(value) ? (value as unknown[]) : [value]),
    z.array(
      z.object({
        Effect: z.string(),
        Action: oneOrMore.optional(),
        Principal: z.union([z.literal("*"), z.object({ Service: oneOrMore.optional() })]).optional(),
      }),
    ),
  ),
});

/** A role cannot be assumed: it does not exist, or its trust policy does not allow it. */
export class RoleNotAssumable extends Error {}

/**
 * Assumes a role as a service does. Checks the trust policy first, because the emulator lets the account's root
 * assume any role.
 * @param service principal of the service, such as `codepipeline.amazonaws.com`
 * @param sourceArn the resource that the service acts for: `aws:SourceArn` in the trust policy
 * @throws RoleNotAssumable
 */
export async function assumeServiceRole(
  aws: AwsContext,
  service: string,
  roleArn: string,
  sessionName: string,
  sourceArn: string,
): Promise<Credentials> {
  const trust = await readTrust(aws, roleArn);
  if (!trusts(trust, service)) {
    throw new RoleNotAssumable(`The trust policy of ${roleArn} does not let ${service} assume the role.`);
  }
  return assumeRole(aws, aws.root, roleArn, sessionName, sourceArn);
}

/**
 * Assumes a role with the given credentials.
 * @throws RoleNotAssumable
 */
export async function assumeRole(
  aws: AwsContext,
  credentials: Credentials,
  roleArn: string,
  sessionName: string,
  sourceArn?: string,
): Promise<Credentials> {
  const sts = new STSClient(clientConfig(aws, credentials));
  try {
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        // The emulator reads the service's `aws:SourceArn` from it.
        ExternalId: sourceArn,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials!;
    return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  } catch (error) {
    throw new RoleNotAssumable(`${roleArn} cannot be assumed: ${(error as Error).message}`);
  } finally {
    sts.destroy();
  }
}

async function readTrust(aws: AwsContext, roleArn: string): Promise<unknown> {
  const iam = new IAMClient(clientConfig(aws));
  try {
    const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "{}"));
  } catch (error) {
    throw new RoleNotAssumable(`The role ${roleArn} cannot be read: ${(error as Error).message}`);
  } finally {
    iam.destroy();
  }
}

/** Whether a trust policy allows a service `sts:AssumeRole`. The emulator evaluates its conditions. */
export function trusts(policy: unknown, service: string): boolean {
  const parsed = trustPolicy.safeParse(policy);
  if (!parsed.success) return false;
  return parsed.data.Statement.some(({ Effect, Action = [], Principal }) => {
    const services = typeof Principal === "object" ? (Principal.Service ?? []) : [];
    const actions = Action.map((action) => action.toLowerCase());
    return (
      Effect === "Allow" &&
      services.includes(service) &&
      actions.some((action) => ["sts:assumerole", "sts:*", "*"].includes(action))
    );
  });
}

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

/** A service may not act as a role: it does not exist, or its trust policy does not name the service. */
export class RoleNotAssumable extends Error {}

/**
 * Session credentials of a service's role, as the service would get them. The trust policy is read
 * first, because the emulator lets the account's root assume a role that only a service may assume.
 * @param service principal of the service, such as `codepipeline.amazonaws.com`
 * @param sourceArn the resource the service acts for, which the trust policy may ask for
 * @throws RoleNotAssumable with what to change
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

/** Session credentials of a role, asked for with somebody's credentials. */
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
        // The emulator's launcher takes it for what a service says of itself.
        ExternalId: sourceArn,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials!;
    return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  } catch (error) {
    throw new RoleNotAssumable(`${roleArn} can't be assumed: ${(error as Error).message}`);
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
    throw new RoleNotAssumable(`The role ${roleArn} can't be read: ${(error as Error).message}`);
  } finally {
    iam.destroy();
  }
}

/** Whether a trust policy allows `sts:AssumeRole` to a service; its conditions are left to the emulator. */
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

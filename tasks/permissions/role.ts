import {
  GetRoleCommand,
  GetRolePolicyCommand,
  NoSuchEntityException,
  paginateListRolePolicies,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { resources } from "../terraform/synth-output";
import { addedPermissions, readPolicy, type Statement } from "./policy";

/** A role: who is allowed to assume it, what it is allowed to do, and the limit of that. */
export interface Role {
  readonly name: string;
  readonly trust: readonly Statement[];
  readonly permissions: readonly Statement[];
  /** The ARN of its permissions boundary. */
  readonly boundary: string | undefined;
}

/** Where a synthesized stack would be deployed. */
export interface Location {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** Returns the roles of a synthesized stack, as they would be deployed. */
export function synthesizedRoles(stack: string, at: Location, root?: string): Role[] {
  const all = resources(stack, root);
  const policies = all.filter(({ type }) => type === "aws_iam_role_policy");
  return all
    .filter(({ type }) => type === "aws_iam_role")
    .map(({ address, arguments: role }) => ({
      name: String(role.name),
      trust: readPolicy(placed(role.assume_role_policy, at)),
      boundary: role.permissions_boundary === undefined ? undefined : placed(role.permissions_boundary, at),
      permissions: policies
        .filter(({ arguments: policy }) => String(policy.role).startsWith(`\${${address}.`))
        .flatMap(({ arguments: policy }) => readPolicy(placed(policy.policy, at))),
    }));
}

/** Returns a deployed role; undefined where none has that name. */
export async function deployedRole(iam: IAMClient, name: string): Promise<Role | undefined> {
  const found = await iam.send(new GetRoleCommand({ RoleName: name })).catch((error: unknown) => {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  });
  if (!found?.Role) return undefined;
  const permissions: Statement[] = [];
  for await (const { PolicyNames } of paginateListRolePolicies({ client: iam }, { RoleName: name })) {
    for (const PolicyName of PolicyNames ?? []) {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName }));
      // Stryker disable next-line StringLiteral: neither text is a policy, so both are refused.
      permissions.push(...readPolicy(decodeURIComponent(PolicyDocument ?? "")));
    }
  }
  return {
    name,
    permissions,
    // Stryker disable next-line StringLiteral: neither text is a policy, so both are refused.
    trust: readPolicy(decodeURIComponent(found.Role.AssumeRolePolicyDocument ?? "")),
    boundary: found.Role.PermissionsBoundary?.PermissionsBoundaryArn,
  };
}

/** Returns what a role would be allowed to do beyond its deployed permissions, a line each. */
export function addedToRole(now: Role, before: Role | undefined): string[] {
  const lines = [
    ...addedPermissions(now.permissions, before?.permissions ?? []),
    ...addedPermissions(now.trust, before?.trust ?? []).map((line) => `trust policy: ${line}`),
    ...(before && now.boundary !== before.boundary
      ? [`permissions boundary ${now.boundary ?? "none"} instead of ${before.boundary ?? "none"}`]
      : []),
  ];
  return lines.map((line) => `${now.name}${before ? "" : " (new)"}: ${line}`);
}

/** Replaces the references to account, region and partition in a text of a synthesized stack. */
function placed(text: unknown, { partition, region, accountId }: Location): string {
  return String(text)
    .replace(/\$\{data\.aws_partition\.[^}]*\}/g, partition)
    .replace(/\$\{data\.aws_region\.[^}]*\}/g, region)
    .replace(/\$\{data\.aws_caller_identity\.[^}]*\}/g, accountId);
}

import type { Operations } from "./operation";

/** A permission that IAM checks: an action on one resource. */
export interface RequiredPermission {
  /** Such as `codepipeline:GetPipeline`. */
  readonly action: string;
  /** An ARN, or `*` for an action that has no resource-level permissions. */
  readonly resource: string;
  /** The values of the request for conditions in policies, by condition key. */
  readonly conditions?: Readonly<Record<string, string>>;
}

/** The permissions that one call requires. */
export interface CallPermissions {
  /** The resources on which the caller must be allowed the operation's own action. */
  readonly resources: readonly string[];
  /** Permissions for other actions. */
  readonly additional?: readonly RequiredPermission[];
}

/**
 * The permissions that the calls of a service require, by operation. They are determined before the input is
 * validated: any member can be missing or have another type.
 */
export type PermissionsOf<Of extends Operations> = {
  readonly [Name in keyof Of]: (input: Parameters<Of[Name]>[0]) => CallPermissions;
};

/** The same, for any service. */
export type PermissionTable = Readonly<Record<string, (input: never) => CallPermissions>>;

/** Returns the permission to pass a role to a service; none if the request has no role. */
export function passRole(role: string | undefined, service: string): RequiredPermission[] {
  if (!role) return [];
  return [{ action: "iam:PassRole", resource: String(role), conditions: { "iam:PassedToService": service } }];
}

/** Returns the permissions that a call requires, those for the operation's own action first. */
export function permissionsFor(
  prefix: string,
  operation: string,
  { resources, additional = [] }: CallPermissions,
): RequiredPermission[] {
  return [...resources.map((resource) => ({ action: `${prefix}:${operation}`, resource })), ...additional];
}

import type { Operations } from "./aws-context";

/** Something that IAM decides on: an action on one resource. */
export interface RequiredPermission {
  /** Such as `codepipeline:GetPipeline`. */
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resource. */
  readonly resource: string;
  /** What the conditions of a policy are compared with, by condition key. */
  readonly conditions?: Readonly<Record<string, string>>;
}

/** What a call needs. */
export interface Needs {
  /** The resources that the operation's own action is checked on, all of them. */
  readonly on: readonly string[];
  /** Permissions to other actions. */
  readonly also?: readonly RequiredPermission[];
}

/**
 * What the calls of a service need, by operation. They are asked for before an input is checked: any
 * member can be missing, or something else than its type says.
 */
export type NeedsOf<Of extends Operations> = {
  readonly [Name in keyof Of]: (input: Parameters<Of[Name]>[0]) => Needs;
};

/** The same for operations whose inputs are not known by type. */
export type AnyNeeds = Readonly<Record<string, (input: never) => Needs>>;

/** What handing a role to a service needs; nothing for a request without a role. */
export function passRole(role: string | undefined, service: string): RequiredPermission[] {
  if (!role) return [];
  return [{ action: "iam:PassRole", resource: String(role), conditions: { "iam:PassedToService": service } }];
}

/** The permissions that a call of an operation needs, the operation's own first. */
export function permissionsFor(
  prefix: string,
  operation: string,
  { on, also = [] }: Needs,
): RequiredPermission[] {
  return [...on.map((resource) => ({ action: `${prefix}:${operation}`, resource })), ...also];
}

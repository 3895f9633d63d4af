/** One statement of an IAM policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** The reason, for docs/permissions.md. It is not part of the policy. */
  readonly why?: string;
}

/** A statement of a role's trust policy, which has no resource. */
export type TrustStatement = Omit<Statement, "Resource">;

/**
 * The name of every inline policy, and its construct id. It stays: IAM cannot rename an inline policy, and a build that
 * replaces the policy of its own role would lose its permissions halfway.
 */
export const inlinePolicyName = "rights";

/** Returns the policy document for IAM. */
export function policyDocument(statements: readonly (Statement | TrustStatement)[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ why: _why, ...statement }) => statement),
  });
}

/**
 * Returns the same statements in fewer characters: those that differ only in their actions, or only in their resources,
 * become one.
 */
export function merged(statements: readonly Statement[]): Statement[] {
  return joined(joined(statements, "Action"), "Resource");
}

/** Joins statements that differ only in one element. */
function joined(statements: readonly Statement[], element: "Action" | "Resource"): Statement[] {
  const groups = new Map<string, Statement>();
  for (const statement of statements) {
    const { why: _why, [element]: _own, ...rest } = statement;
    const key = JSON.stringify(rest);
    const values = [groups.get(key)?.[element] ?? [], statement[element]].flat();
    const [first = "", ...others] = new Set(values);
    groups.set(key, { ...rest, [element]: others.length === 0 ? first : [first, ...others] } as Statement);
  }
  return [...groups.values()];
}

export function allow(
  Action: string | readonly string[],
  Resource: string | readonly string[],
  why: string,
): Statement {
  return { Effect: "Allow", Action, Resource, why };
}

export function deny(
  Action: string | readonly string[],
  Resource: string | readonly string[],
  why: string,
): Statement {
  return { Effect: "Deny", Action, Resource, why };
}

/** Allows an AWS service to assume a role. */
export function trust(Service: string, why: string): TrustStatement {
  return { Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole", why };
}

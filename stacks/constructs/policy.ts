/** One statement of an IAM policy, in the words of the policy language. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why it is there, for people (docs/permissions.md): IAM does not get it. */
  readonly why?: string;
}

/** A statement of a role's trust policy, which has no resource: the role itself is meant. */
export type TrustStatement = Omit<Statement, "Resource">;

/** The policy document as IAM takes it. */
export function policyDocument(statements: readonly (Statement | TrustStatement)[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ why: _why, ...statement }) => statement),
  });
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

/** Lets an AWS service take a role. */
export function trust(Service: string, why: string): TrustStatement {
  return { Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole", why };
}

/** One statement of an IAM policy, in the words of the policy language. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A statement of a role's trust policy, which has no resource: the role itself is meant. */
export type TrustStatement = Omit<Statement, "Resource">;

/** The policy document as IAM takes it. */
export function policyDocument(statements: readonly (Statement | TrustStatement)[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function allow(Action: string | readonly string[], Resource: string | readonly string[]): Statement {
  return { Effect: "Allow", Action, Resource };
}

export function deny(Action: string | readonly string[], Resource: string | readonly string[]): Statement {
  return { Effect: "Deny", Action, Resource };
}

/** Lets an AWS service take a role. */
export function trust(Service: string): TrustStatement {
  return { Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" };
}

import type { Statement } from "../../../stacks/constructs/policy";
import type { Synthesized } from "../../support/synth";
import { inAccount, referenceIn } from "../account";

/** What a policy is: an identity's, a boundary, which grants nothing, a role's trust policy, or another resource's. */
export type Kind = "identity" | "boundary" | "trust" | "resource";

/** A statement as it is deployed; a trust policy's has no resource. */
export type Deployed = Omit<Statement, "Resource" | "why"> & Partial<Pick<Statement, "Resource">>;

/** A policy document of a synthesized stack. */
export interface PolicyDocument {
  /** The address of its resource, and the name that it has in the account where it has one. */
  readonly where: string;
  readonly kind: Kind;
  readonly statements: readonly Deployed[];
}

/** Every policy document in a stack: any argument that is one, whatever its name. */
export function policyDocuments(stack: Synthesized): PolicyDocument[] {
  return Object.entries(stack.resource).flatMap(([type, ofType]) =>
    Object.entries(ofType).flatMap(([id, resource]) =>
      Object.entries(type === "aws_lambda_permission" ? { policy: permission(resource) } : resource).flatMap(
        ([argument, value]) => {
          const statements = statementsIn(value);
          if (!statements) return [];
          const where = `${type}.${id}`;
          return [{ where, kind: kindOf(where, argument), statements: located(stack, where, statements) }];
        },
      ),
    ),
  );
}

/**
 * The statement that Lambda adds to a function's policy for a permission. The reference does not list its qualifiers.
 * https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
 */
function permission({
  principal,
  action,
  source_arn,
  source_account,
  function_name,
}: Record<string, unknown>): string {
  const statement = {
    Effect: "Allow",
    Principal: { Service: principal },
    Action: action,
    Resource: `arn:aws:lambda:eu-central-1:123456789012:function:${String(function_name)}`,
    Condition: {
      ...(source_account === undefined ? {} : { StringEquals: { "aws:SourceAccount": source_account } }),
      ...(source_arn === undefined ? {} : { ArnLike: { "aws:SourceArn": source_arn } }),
    },
  };
  return JSON.stringify({ Statement: [statement] });
}

function kindOf(where: string, argument: string): Kind {
  if (argument === "assume_role_policy") return "trust";
  // Reviewers have this policy; the other managed policies are boundaries.
  if (/^aws_iam_(role_policy|policy\.approvers)\b/.test(where)) return "identity";
  return where.startsWith("aws_iam_policy.") ? "boundary" : "resource";
}

function statementsIn(value: unknown): Deployed[] | undefined {
  if (typeof value !== "string" || !value.startsWith("{")) return undefined;
  return (JSON.parse(value) as { Statement?: Deployed[] }).Statement;
}

/** The statements as they are in an account, where Terraform has put in what the stack refers to. */
function located(stack: Synthesized, where: string, statements: readonly Deployed[]): Deployed[] {
  const known = JSON.parse(inAccount(stack, JSON.stringify(statements))) as Deployed[];
  // What a condition compares with is nothing that the reference knows.
  const reference = referenceIn(JSON.stringify(known.map(({ Action, Resource }) => [Action, Resource])));
  if (reference) throw new Error(`${where}: teach account.ts what ${reference} is in an account`);
  return known;
}

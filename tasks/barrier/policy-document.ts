import { placed } from "./expected";
import { entriesOf, isObject, valueAt, type Json, type JsonObject } from "../../stacks/stack-json";

/** Returns what is wrong with a role's trust policy: only these services are allowed to assume it. */
export function trustProblem(document: Json | undefined, services: readonly string[]): string | undefined {
  return problemOf(document, ["Sid", "Effect", "Principal", "Action", "Condition"], (statement) => {
    if (statement.Effect !== "Allow" || statement.Action !== "sts:AssumeRole")
      return "does more than to allow sts:AssumeRole";
    return principalProblem(statement.Principal, services);
  });
}

/** Returns what is wrong with a role's own policy, which has no principal. */
export function permissionsProblem(document: Json | undefined): string | undefined {
  return problemOf(document, ["Sid", "Effect", "Action", "Resource", "Condition"], () => undefined);
}

/** Returns what is wrong with a resource policy: it can allow only these services, in this account, or its root. */
export function resourcePolicyProblem(
  document: Json | undefined,
  admitted: readonly string[],
): string | undefined {
  return problemOf(
    document,
    ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"],
    (statement) => {
      if (statement.Effect === "Deny") return undefined;
      const problem = principalProblem(statement.Principal, admitted);
      if (problem !== undefined || isRoot(statement.Principal)) return problem;
      // A service acts for every account.
      const account = valueAt(statement.Condition, "StringEquals", "aws:SourceAccount");
      return typeof account === "string" && placed(account) === "<account>"
        ? undefined
        : "allows a service without the condition StringEquals aws:SourceAccount of this account";
    },
  );
}

function problemOf(
  document: Json | undefined,
  keys: readonly string[],
  ofStatement: (statement: JsonObject) => string | undefined,
): string | undefined {
  const statements = valueAt(parsed(document), "Statement");
  if (!Array.isArray(statements) || statements.length === 0)
    return "is not a policy document with statements";
  for (const statement of statements as readonly Json[]) {
    if (!isObject(statement)) return "has a statement that is not an object";
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny")
      return "has a statement without an effect";
    const other = Object.keys(statement).find((key) => !keys.includes(key));
    if (other !== undefined) return `has ${other} in a statement: only ${keys.join(", ")} are allowed`;
    const problem = ofStatement(statement);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Returns the document, unless its text is ambiguous, such as with a key twice. */
function parsed(document: Json | undefined): Json | undefined {
  if (typeof document !== "string") return undefined;
  try {
    const json = JSON.parse(document) as Json;
    return JSON.stringify(json) === document ? json : undefined;
  } catch {
    return undefined;
  }
}

function principalProblem(principal: Json | undefined, admitted: readonly string[]): string | undefined {
  if (admitted.includes("root") && isRoot(principal)) return undefined;
  const services = admitted.filter((one) => one !== "root");
  const names = entriesOf(principal).flatMap(([kind, of]) =>
    (Array.isArray(of) ? of : [of]).map((one: Json) =>
      kind === "Service" ? one : `${kind} ${JSON.stringify(one)}`,
    ),
  );
  const stranger = names.find((name) => !services.includes(name as string));
  if (names.length > 0 && stranger === undefined) return undefined;
  return `allows the principal ${JSON.stringify(stranger ?? principal ?? "*")} (allowed: ${services.join(", ") || "none"})`;
}

function isRoot(principal: Json | undefined): boolean {
  const name = valueAt(principal, "AWS");
  return (
    entriesOf(principal).length === 1 &&
    typeof name === "string" &&
    placed(name) === "arn:<partition>:iam::<account>:root"
  );
}

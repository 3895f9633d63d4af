import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { covers } from "./glob";

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
/** Numbers and booleans can be written without quotes. */
const values = z.preprocess(
  (value) => (Array.isArray(value) ? value.map(String) : [String(value)]),
  z.array(z.string()),
);
const principal = z.union([z.literal("*").transform(() => ({ AWS: ["*"] })), z.record(z.string(), texts)]);
const statement = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});
const document = z.object({
  Statement: z.union([z.array(statement), statement.transform((one) => [one])]),
});

/** One statement of a policy, with lists where the policy language allows a text or a list. */
export type Statement = z.output<typeof statement>;

/** Parses a policy document. @throws where the text is not one */
export function readPolicy(text: string): Statement[] {
  return document.parse(JSON.parse(text)).Statement;
}

/**
 * Returns what some statements allow and others do not, a line each. What cannot be compared counts as added: an
 * unnecessary question is better than a missing one.
 */
export function addedPermissions(now: readonly Statement[], before: readonly Statement[]): string[] {
  const atomsOf = (all: readonly Statement[], effect: Statement["Effect"]) =>
    all.filter(({ Effect }) => Effect === effect).flatMap(atoms);
  const beyond = (some: readonly Statement[], others: readonly Statement[]) =>
    some.filter((atom) => !isWithin(atom, others));
  return [
    ...beyond(atomsOf(now, "Allow"), atomsOf(before, "Allow")),
    // What is no longer denied. A wider denial still denies what the old one did.
    ...beyond(atomsOf(before, "Deny"), atomsOf(now, "Deny")),
  ].map(words);
}

/** Splits a statement by action, resource and principal. One with exceptions stays whole. */
function atoms(statement: Statement): Statement[] {
  if (statement.NotAction ?? statement.NotResource ?? statement.NotPrincipal) return [statement];
  return each(statement, "Action")
    .flatMap((one) => each(one, "Resource"))
    .flatMap((one) => eachPrincipal(one));
}

function each(statement: Statement, name: "Action" | "Resource"): Statement[] {
  return statement[name]?.map((value) => ({ ...statement, [name]: [value] })) ?? [statement];
}

function eachPrincipal(statement: Statement): Statement[] {
  if (!statement.Principal) return [statement];
  return Object.entries(statement.Principal).flatMap(([kind, names]) =>
    names.map((name) => ({ ...statement, Principal: { [kind]: [name] } })),
  );
}

/** Whether one of the other atoms covers an atom. */
function isWithin(atom: Statement, others: readonly Statement[]): boolean {
  return others.some((other) => {
    if (atom.NotAction ?? atom.NotResource ?? atom.NotPrincipal) return isDeepStrictEqual(atom, other);
    if (other.NotAction ?? other.NotResource ?? other.NotPrincipal) return false;
    return (
      // Actions are case-insensitive, resources are not.
      covers(lower(other.Action), lower(atom.Action)) &&
      covers(other.Resource?.[0] ?? "", atom.Resource?.[0] ?? "") &&
      isSamePrincipal(other, atom) &&
      impliesAll(atom.Condition, other.Condition)
    );
  });
}

function lower(action: readonly string[] | undefined): string {
  return (action?.[0] ?? "").toLowerCase();
}

function isSamePrincipal(wide: Statement, narrow: Statement): boolean {
  if (isDeepStrictEqual(wide.Principal, narrow.Principal)) return true;
  return narrow.Principal !== undefined && (wide.Principal?.AWS?.includes("*") ?? false);
}

type Conditions = Statement["Condition"];

/** Whether every request that meets some conditions also meets others. */
function impliesAll(strict: Conditions, loose: Conditions): boolean {
  return flat(loose).every(([operator, key, accepted]) =>
    flat(strict).some(
      ([other, otherKey, values]) =>
        other === operator && otherKey === key && implies(operator, values, accepted),
    ),
  );
}

/** Several values of a condition are alternatives; of one with "Not", each of them is excluded. */
function implies(operator: string, strict: readonly string[], loose: readonly string[]): boolean {
  const isPattern = /^(ForAnyValue:|ForAllValues:)?(String|Arn)(Not)?Like|Arn(Not)?Equals/.test(operator);
  const within = (one: string, of: string) => (isPattern ? covers(of, one) : one === of);
  if (operator.includes("Not")) return loose.every((one) => strict.some((other) => within(one, other)));
  return strict.every((one) => loose.some((other) => within(one, other)));
}

function flat(conditions: Conditions) {
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    // Keys are case-insensitive.
    Object.entries(keys).map(([key, values]) => [operator, key.toLowerCase(), values] as const),
  );
}

function words({ Effect, Condition, ...statement }: Statement): string {
  const list = (names: readonly string[] | undefined) => (names ?? []).join(", ");
  const who = (principal: Statement["Principal"]) => list(Object.values(principal ?? {}).flat());
  const what = statement.NotAction ? `all but ${list(statement.NotAction)}` : list(statement.Action);
  const where = statement.NotResource ? `all but ${list(statement.NotResource)}` : list(statement.Resource);
  const by = statement.NotPrincipal ? `all but ${who(statement.NotPrincipal)}` : who(statement.Principal);
  const when = flat(Condition).map(([operator, key, values]) => `${key} ${operator} ${list(values)}`);
  return [
    Effect === "Allow" ? what : `no longer denied ${what}`,
    where && `on ${where}`,
    by && `by ${by}`,
    when.length > 0 && `where ${when.join(" and ")}`,
  ]
    .filter(Boolean)
    .join(" ");
}

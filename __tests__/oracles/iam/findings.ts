import { fitsForm } from "./arn-form";
import type { Deployed, PolicyDocument } from "./documents";
import { actionsLike, hasKey, isGlobalKey, typeOfKey, type Action, type ResourceForm } from "./reference";
import { serviceFindings } from "./services";

/** What the reference says against a policy document; nothing where it agrees. */
export async function findings({ where, kind, statements }: PolicyDocument): Promise<string[]> {
  const each = await Promise.all(
    statements.map(async (statement) => {
      const checked = await check(statement);
      return [
        ...checked.flatMap(({ pattern, actions }) =>
          actions.length === 0 ? [`there is no action ${pattern}`] : [],
        ),
        ...(kind === "trust" ? [] : resourceFindings(list(statement.Resource ?? []), checked)),
        ...(kind === "identity" ? wholeAccountFindings(statement, checked) : []),
        ...(await conditionFindings(statement, checked)),
        ...callFindings(statement),
      ].map((finding) => `${where}: ${finding}`);
    }),
  );
  const perDocument = kind === "identity" ? await requiredFindings(statements) : [];
  return [...each.flat(), ...perDocument.map((finding) => `${where}: ${finding}`)];
}

/** One `Action` of a statement, with what it stands for and the resource types that its resources can be. */
interface Checked {
  readonly pattern: string;
  readonly actions: readonly (Action & { readonly fitting: readonly ResourceForm[] })[];
}

async function check({ Action: patterns, Resource = "*" }: Deployed): Promise<Checked[]> {
  return Promise.all(
    list(patterns).map(async (pattern) => ({
      pattern,
      actions: (await actionsLike(pattern)).map((action) => ({
        ...action,
        fitting: action.resources.filter(({ arn }) => list(Resource).some((one) => fitsForm(one, arn))),
      })),
    })),
  );
}

/** Each action takes one of the resources, and each resource is taken by one of the actions. */
function resourceFindings(resources: readonly string[], checked: readonly Checked[]): string[] {
  const actions = checked.flatMap(({ actions: some }) => some);
  const unfit = checked
    .filter(({ actions: some }) => some.length > 0 && !some.some((action) => takesOne(action, resources)))
    .map(({ pattern, actions: some }) => `${pattern} does not take ${resources.join(", ")}: ${forms(some)}`);
  const untaken = resources
    .filter((resource) => !actions.some((action) => takes(action, resource)))
    .map((resource) => `none of ${checked.map(({ pattern }) => pattern).join(", ")} takes ${resource}`);
  return [...new Set([...unfit, ...untaken])];
}

function takesOne(action: Action, resources: readonly string[]): boolean {
  return resources.some((resource) => takes(action, resource));
}

/** Where the reference lists no resource type, only `*` grants the action. */
function takes({ resources }: Action, resource: string): boolean {
  return resource === "*" || resources.some(({ arn }) => fitsForm(resource, arn));
}

function forms(actions: readonly Action[]): string {
  const arns = new Set(actions.flatMap(({ resources }) => resources.map(({ arn }) => arn)));
  return arns.size === 0 ? "it takes * only" : `it takes ${[...arns].join(" or ")}`;
}

/** `*` where the action could be granted on a resource. */
function wholeAccountFindings({ Effect, Resource }: Deployed, checked: readonly Checked[]): string[] {
  if (Effect === "Deny" || !list(Resource ?? []).includes("*")) return [];
  return checked
    .filter(({ actions }) => actions.some(({ resources }) => resources.length > 0))
    .map(({ pattern }) => `${pattern} is granted on *, though it can be granted on a resource`);
}

/** Every resource type that a call always names must be granted somewhere in the same policy. */
async function requiredFindings(statements: readonly Deployed[]): Promise<string[]> {
  const granted = new Map<string, { action: Action; fitting: Set<string> }>();
  for (const statement of statements.filter(({ Effect }) => Effect === "Allow")) {
    // A wildcard also covers actions that are not intended.
    const named = (await check(statement)).filter(({ pattern }) => !pattern.includes("*"));
    for (const action of named.flatMap(({ actions }) => actions)) {
      const { fitting } = granted.get(action.name) ?? { fitting: new Set<string>() };
      action.fitting.forEach(({ name }) => fitting.add(name));
      granted.set(action.name, { action, fitting });
    }
  }
  return [...granted.values()].flatMap(({ action, fitting }) =>
    action.resources
      .filter(({ required, name }) => required && !fitting.has(name))
      .map(({ name, arn }) => `${action.name} always names a ${name} too, which is not granted: ${arn}`),
  );
}

/** Each key is one that requests for the action have, of the type that the operator compares. */
async function conditionFindings(
  { Condition = {} }: Deployed,
  checked: readonly Checked[],
): Promise<string[]> {
  const comparisons = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key) => ({ operator, key })),
  );
  const each = comparisons.map(async ({ operator, key }) => {
    const type = await typeOfKey(key);
    if (type === undefined) return [`no service has the condition key ${key}`];
    return [...operatorFindings(operator, key, type), ...neverThereFindings(key, checked)];
  });
  return (await Promise.all(each)).flat();
}

/** What AWS documents against a grant to services. */
function callFindings({ Effect, Principal, Action: actions, Condition = {} }: Deployed): string[] {
  if (Effect === "Deny" || Principal === undefined || Principal === "*") return [];
  const keys = Object.values(Condition).flatMap(Object.keys).filter(isGlobalKey);
  return list(Principal.Service ?? []).flatMap((service) =>
    list(actions).flatMap((action) => serviceFindings(service, action, keys)),
  );
}

function neverThereFindings(key: string, checked: readonly Checked[]): string[] {
  const without = checked.filter(
    ({ actions }) => actions.length > 0 && !actions.some((action) => hasKey(action, action.fitting, key)),
  );
  if (without.length === checked.length && checked.length > 0)
    return [`the condition on ${key} is never evaluated: none of its actions has that key`];
  return without.map(({ pattern }) => `${pattern} has no condition key ${key}`);
}

/** Operators by the type of key they compare. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const operators: Readonly<Record<string, RegExp>> = {
  String: /^String/,
  // An ARN is text too, and AWS's own examples compare it as such.
  ARN: /^(Arn|String)/,
  Bool: /^Bool/,
  Numeric: /^Numeric/,
  Date: /^Date/,
  IPAddress: /^(Not)?IpAddress/,
  Binary: /^Binary/,
};

function operatorFindings(operator: string, key: string, type: string): string[] {
  const [, set, comparison = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/.exec(operator) ?? [];
  if (/^Null$/.test(comparison)) return [];
  const single = type.replace(/^ArrayOf/, "");
  return [
    ...(operators[single]?.test(comparison) === true ? [] : [`${operator} can't compare ${key}, a ${type}`]),
    ...((set !== undefined) === type.startsWith("ArrayOf")
      ? []
      : [`${key} has ${set === undefined ? "several values" : "one value"}, so ${operator} does not fit it`]),
  ];
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

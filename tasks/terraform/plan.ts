import { isDeepStrictEqual } from "node:util";

/** Bytes of a plan as JSON: enough for thousands of resources. */
export const PLAN_LIMIT = 256 * 1024 ** 2;

/** What is read here of `terraform show -json PLAN`: https://developer.hashicorp.com/terraform/internals/json-format */
export interface Plan {
  /** False if an apply would change nothing: no resource, no output, and no address in the state. */
  readonly applyable?: boolean;
  readonly resource_changes?: readonly ResourceChange[];
  /** What differs between the state and the account. */
  readonly resource_drift?: readonly ResourceChange[];
  /** Every output, also one that stays: `after` is missing where it is known after apply. */
  readonly output_changes?: Readonly<
    Record<string, { readonly actions: readonly string[]; readonly after?: unknown }>
  >;
}

export interface ResourceChange {
  readonly address: string;
  /** The address in the state, where a `moved` block gives the resource another one. */
  readonly previous_address?: string;
  readonly type?: string;
  /** Why Terraform chose the actions, such as `replace_because_tainted`. */
  readonly action_reason?: string;
  readonly change: {
    /** Among them `forget`, for a `removed` block that does not destroy. */
    readonly actions: readonly string[];
    /** There when an `import` block takes the resource into the state. */
    readonly importing?: unknown;
    readonly before: Values | null;
    readonly after: Values | null;
    /** `true` in place of each value that is known after apply. */
    readonly after_unknown: Unknown;
    /** `true` in place of each sensitive value. */
    readonly before_sensitive?: unknown;
    readonly after_sensitive?: unknown;
    /** The paths of the arguments that cannot be changed in place. */
    readonly replace_paths?: readonly (readonly (string | number)[])[];
  };
}

type Values = Readonly<Record<string, unknown>>;
type Unknown = boolean | Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * Returns what a plan does that is not in another plan, a line each.
 *
 * The other plan can do more: what was applied since is not planned again.
 */
export function notInPlan(plan: Plan, read: Plan): string[] {
  const known = new Map(changes(read).map((one) => [one.address, one.change]));
  return [
    ...inState(plan, read),
    ...changes(plan).flatMap(({ address, change }) => {
      const before = known.get(address);
      const verb = change.actions.join(" and ");
      if (!before) return [`${verb} ${address}`];
      if (["delete", "forget"].some((end) => change.actions.includes(end) && !before.actions.includes(end)))
        return [`${verb} ${address}`];
      return changed(change)
        .filter((name) => !covers(before, change, name))
        .map((name) => `${verb} ${address}: ${name}`);
    }),
  ];
}

/** Returns the moves and imports of a plan that are not in the other one: they change only the state. */
function inState(plan: Plan, read: Plan): string[] {
  const known = new Set(movesAndImports(read));
  return movesAndImports(plan).filter((line) => !known.has(line));
}

function movesAndImports({ resource_changes: all = [] }: Plan): string[] {
  return all.flatMap((one) => [
    ...(isMoved(one) ? [`move ${one.previous_address} to ${one.address}`] : []),
    ...(isImported(one) ? [`import ${one.address}`] : []),
  ]);
}

/** Whether a plan gives a resource another address; a move alone is `no-op` among its actions. */
export function isMoved({ address, previous_address: from }: ResourceChange): boolean {
  return from !== undefined && from !== address;
}

/** Whether a plan imports a resource; an import alone is `no-op` among its actions. */
export function isImported({ change }: ResourceChange): boolean {
  return change.importing !== undefined && change.importing !== null;
}

/** Whether the actions change nothing: the resource is only read or stays as it is. */
export function isQuiet(actions: readonly string[]): boolean {
  return actions.every((action) => action === "no-op" || action === "read");
}

/** Whether a plan changes neither a resource, an output nor the state: nothing is moved, imported or forgotten. */
export function isEmpty({ resource_changes: all = [], output_changes: outputs = {} }: Plan): boolean {
  return (
    all.every((one) => isQuiet(one.change.actions) && !isMoved(one) && !isImported(one)) &&
    Object.values(outputs).every(({ actions }) => isQuiet(actions))
  );
}

/** Whether a change lets anyone call a route of the API that asked for credentials. */
export function opensRoute({ type, change }: ResourceChange): boolean {
  const isClosed = (value: unknown) =>
    !["NONE", null, undefined].includes(value as string | null | undefined);
  return (
    type === "aws_apigatewayv2_route" &&
    isClosed(at(change.before, "authorization_type")) &&
    change.after !== null &&
    !isClosed(at(change.after, "authorization_type"))
  );
}

/** Returns when old versions in a bucket will be deleted, if that is sooner than before the change. */
export function soonerExpiry({ type, change }: ResourceChange): string | undefined {
  // A new bucket has no versions yet.
  if (type !== "aws_s3_bucket" || change.before === null) return undefined;
  const [before, after] = [daysOfOldVersions(change.before), daysOfOldVersions(change.after)];
  if (after >= before) return undefined;
  return `${daysText(after)} (until now: ${daysText(before)})`;
}

function daysText(days: number): string {
  if (days === Infinity) return "never";
  return days === 1 ? "after 1 day" : `after ${days} days`;
}

/** Returns the days after which a bucket's lifecycle rules delete an old version: infinitely many if they do not. */
function daysOfOldVersions(bucket: Values | null): number {
  const rules = at(bucket, "lifecycle_rule") as readonly Values[] | undefined;
  const days = (rules ?? [])
    .filter((rule) => at(rule, "enabled") === true)
    .flatMap((rule) => (at(rule, "noncurrent_version_expiration") as readonly Values[] | undefined) ?? [])
    .map((expiration) => Number(at(expiration, "days")));
  return Math.min(...days);
}

/**
 * Whether a change is only that of the commit that a function's next version gets, in the state alone
 * (`stacks/constructs/change-commit.ts`). The plan has the function's change too, with the same commit.
 */
export function isVersionCommit({ address }: Pick<ResourceChange, "address">): boolean {
  return /^terraform_data\.[\w-]+_commit_data_[0-9A-F]{8}$/.test(address);
}

/** Returns what a plan changes. */
function changes(plan: Plan): readonly ResourceChange[] {
  return (plan.resource_changes ?? []).filter(({ change }) => !isQuiet(change.actions));
}

/** Returns the arguments and attributes that a change sets to another value. */
function changed({ before, after, after_unknown: unknown }: ResourceChange["change"]): string[] {
  const names = new Set([...Object.keys(after ?? {}), ...Object.keys(unknown)]);
  return [...names].filter(
    (name) => isUnknown(unknown, name) || !isDeepStrictEqual(at(before, name), at(after, name)),
  );
}

/** Whether a value is the same in the plan that was read, or was unknown there. */
function covers(read: ResourceChange["change"], change: ResourceChange["change"], name: string): boolean {
  return within(
    at(read.after, name),
    at(read.after_unknown, name),
    at(change.after, name),
    at(change.after_unknown, name),
  );
}

/** Whether a value is the one that was read, apart from what was unknown there. */
function within(read: unknown, readUnknown: unknown, value: unknown, unknown: unknown): boolean {
  if (readUnknown === true) return true;
  if (unknown === true) return false;
  if (!isTree(value) || !isTree(read)) return isDeepStrictEqual(value, read);
  const names = new Set(
    [value, read, unknown, readUnknown].flatMap((one) => Object.keys(isTree(one) ? one : {})),
  );
  return [...names].every((name) =>
    within(at(read, name), at(readUnknown, name), at(value, name), at(unknown, name)),
  );
}

function isUnknown(unknown: Unknown, name: string): boolean {
  const inside = at(unknown, name);
  return inside === true || (isTree(inside) && Object.keys(inside).some((one) => isUnknown(inside, one)));
}

/** Returns a member of a value; undefined where it has none. */
export function at(tree: unknown, name: string): unknown {
  return isTree(tree) ? tree[name] : undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

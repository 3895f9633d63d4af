import { visible } from "../../stacks/visible-text";
import {
  isImported,
  isMoved,
  isQuiet,
  isVersionCommit,
  opensRoute,
  soonerExpiry,
  type Plan,
  type ResourceChange,
} from "../terraform/plan";
import { attributeChanges, NONE_TEXT, UNKNOWN_TEXT, type AttributeChange } from "./attribute-changes";
import { sensitiveValues } from "./sensitive-values";
import { statefulTypes } from "./stateful";

/** What happens to a resource; imports and moves alone change only the state. */
export const actions = [
  "destroyed",
  "replaced",
  "created",
  "changed",
  "imported",
  "moved",
  "forgotten",
] as const;
export type Action = (typeof actions)[number];

/** What a plan does with a resource. All texts can be shown as they are. */
export interface ChangedResource {
  readonly address: string;
  readonly action: Action;
  /** Whether it is imported; it can be changed as well. */
  readonly isImported: boolean;
  /** Its address in the state, if it moves; it can be changed as well. */
  readonly movedFrom: string | undefined;
  /** What is lost if it is destroyed or replaced; undefined where it can be recreated as it is. */
  readonly lost: string | undefined;
  /** Whether anyone is allowed to call it from then on: a route of the API that asked for credentials. */
  readonly opensRoute: boolean;
  /** When old versions in it will be deleted, if that is sooner than before; otherwise undefined. */
  readonly soonerExpiry: string | undefined;
  /** Why it is replaced: arguments, or Terraform's reason. */
  readonly because: readonly string[];
  /** What a change or a replacement gives another value. */
  readonly attributes: readonly AttributeChange[];
}

/** A difference between the state and the account, which no commit has caused. */
export interface DriftedResource {
  readonly address: string;
  readonly isDeleted: boolean;
  readonly attributes: readonly AttributeChange[];
}

/** The arguments that the configuration of each resource sets and does not ignore, by address. */
export type SetArguments = ReadonlyMap<string, readonly string[]>;

/** Returns what a plan changes, in the order of `actions`. */
export function changedResources(plan: Plan): ChangedResource[] {
  const secrets = sensitiveValues(plan);
  return (plan.resource_changes ?? [])
    .filter((one) => !isVersionCommit(one))
    .flatMap((one) => {
      const action = actionOf(one);
      return action === undefined ? [] : [changedResource(one, action, secrets)];
    })
    .sort((one, other) => actions.indexOf(one.action) - actions.indexOf(other.action));
}

/**
 * Returns the drift that a plan found: in arguments that are set, or that the plan changes back. Terraform also reports
 * what it reads from other resources, such as the policies of a role, and values that AWS fills in.
 */
export function driftedResources(plan: Plan, set: SetArguments = new Map()): DriftedResource[] {
  const secrets = sensitiveValues(plan);
  const changes = new Map((plan.resource_changes ?? []).map(({ address, change }) => [address, change]));
  return (plan.resource_drift ?? [])
    .filter(({ change }) => !isQuiet(change.actions))
    .map(({ address, change }) => {
      const isDeleted = change.actions.includes("delete");
      const planned = changes.get(address);
      const counting = [
        ...(set.get(address) ?? []),
        ...(planned ? attributeChanges(planned).map(({ path }) => argumentOf(path)) : []),
      ];
      const attributes = isDeleted ? [] : attributeChanges(change, secrets).filter(isDrift);
      return {
        address: visible(address),
        isDeleted,
        attributes: attributes.filter(({ path }) => !set.has(address) || counting.includes(argumentOf(path))),
      };
    })
    .filter(({ isDeleted, attributes }) => isDeleted || attributes.length > 0);
}

/** Whether a value is more than a default that AWS reports where the argument is not set. */
function isDrift({ before, after }: AttributeChange): boolean {
  return before !== NONE_TEXT || !["false", "0"].includes(after);
}

function argumentOf(path: string): string {
  return path.split(".")[0]!;
}

function changedResource(one: ResourceChange, action: Action, secrets: ReadonlySet<string>): ChangedResource {
  const { address, type = "", change, previous_address: from } = one;
  // A log group with `skip_destroy` stays in AWS.
  const isLost = (action === "destroyed" || action === "replaced") && change.before?.skip_destroy !== true;
  const hasAttributes = action === "changed" || action === "replaced";
  return {
    address: visible(address),
    action,
    isImported: isImported(one),
    movedFrom: isMoved(one) ? visible(from!) : undefined,
    lost: isLost && Object.hasOwn(statefulTypes, type) ? statefulTypes[type] : undefined,
    opensRoute: opensRoute(one),
    soonerExpiry: soonerExpiry(one),
    because: action === "replaced" ? causes(one) : [],
    attributes: hasAttributes
      ? attributeChanges(change, secrets).filter(({ after }) => !isNew(action, after))
      : [],
  };
}

/** Whether a value says only that AWS generates another one for the new resource, as for each of its ids. */
function isNew(action: Action, after: string): boolean {
  return action === "replaced" && after === UNKNOWN_TEXT;
}

function actionOf(one: ResourceChange): Action | undefined {
  const { actions: planned } = one.change;
  const has = (action: string) => planned.includes(action);
  if (has("create") && has("delete")) return "replaced";
  if (has("delete")) return "destroyed";
  if (has("create")) return "created";
  if (has("update")) return "changed";
  if (has("forget")) return "forgotten";
  if (isImported(one)) return "imported";
  return isMoved(one) ? "moved" : undefined;
}

/** https://developer.hashicorp.com/terraform/internals/json-format */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "it is tainted",
  replace_by_request: "it was requested",
  replace_by_triggers: "a resource that it follows changes (replace_triggered_by)",
};

function causes({ change, action_reason: reason = "" }: ResourceChange): string[] {
  const paths = (change.replace_paths ?? []).map((path) => visible(path.join(".")));
  return paths.length > 0 ? paths : [REASONS[reason] ?? "Terraform gives no reason"];
}

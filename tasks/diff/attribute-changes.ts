import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../stacks/stack-json";
import { cut, visible } from "../../stacks/visible-text";
import { differences } from "../barrier/json-difference";
import type { ResourceChange } from "../terraform/plan";

/** An attribute that changes; its values are text, because a sensitive or unknown one has none. */
export interface AttributeChange {
  /** Such as `tags.Name`. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What is shown in the place of a value that AWS generates. */
export const UNKNOWN_TEXT = "(known after apply)";

/** What is shown in the place of a value that is not set. */
export const NONE_TEXT = "(none)";

/** Stands before a text that is not a value, in the place of one. */
const MARK = "\0";
const SENSITIVE = `${MARK}(sensitive value)`;
const UNKNOWN = `${MARK}${UNKNOWN_TEXT}`;

/** Characters of a value: a policy or a buildspec has thousands. The full plan shows all of them. */
const VALUE_LIMIT = 200;

/**
 * Returns the attributes to which a change of a resource gives other values. Sensitive values are replaced by a text.
 * Terraform reports an empty value that was null as a change, although nothing changes: such attributes are left out.
 *
 * @param secrets values that are sensitive wherever they are
 */
export function attributeChanges(
  change: ResourceChange["change"],
  secrets: ReadonlySet<unknown> = new Set(),
): AttributeChange[] {
  const [old, now] = masked({
    before: change.before,
    after: change.after,
    unknown: change.after_unknown,
    sensitive: [change.before_sensitive, change.after_sensitive],
    secrets,
  });
  return differences(old as Json, now as Json)
    .filter(({ before, after }) => !(isEmpty(before) && isEmpty(after)))
    .map(({ path, before, after }) => ({
      path: visible(path.join(".")),
      before: shown(before),
      after: shown(after),
    }));
}

interface Values {
  readonly before: unknown;
  readonly after: unknown;
  readonly unknown: unknown;
  readonly sensitive: readonly [unknown, unknown];
  readonly secrets: ReadonlySet<unknown>;
}

/** Returns the values before and after, with a text for each that is sensitive or not known yet. */
function masked({ before, after, unknown, sensitive, secrets }: Values): [unknown, unknown] {
  const isSensitive = sensitive.includes(true) || [before, after].some((value) => secrets.has(value));
  const old = isSensitive && !isEmpty(before) ? SENSITIVE : before;
  if (unknown === true) return [old, UNKNOWN];
  if (isSensitive) {
    if (isDeepStrictEqual(before, after)) return [SENSITIVE, SENSITIVE];
    // Differs from the text of the other side, or the change would not be seen.
    return [old, isEmpty(after) ? after : `${SENSITIVE}${MARK}`];
  }
  if (![before, after, unknown].some(isTree)) return [before, after];
  const keys = [
    ...new Set([before, after, unknown].flatMap((tree) => (isTree(tree) ? Object.keys(tree) : []))),
  ];
  const parts = keys.map((key) =>
    masked({
      before: at(before, key),
      after: at(after, key),
      unknown: at(unknown, key),
      sensitive: [at(sensitive[0], key), at(sensitive[1], key)],
      secrets,
    }),
  );
  const rebuilt = (tree: unknown, side: 0 | 1) => {
    if (!isTree(tree)) return tree;
    const entries = keys.map((key, index) => [key, parts[index]![side]] as const);
    const own = entries.filter(([, value]) => value !== undefined);
    return Array.isArray(tree) ? own.map(([, value]) => value) : Object.fromEntries(own);
  };
  return [rebuilt(before, 0), rebuilt(isTree(after) ? after : isTree(unknown) ? unknown : after, 1)];
}

function shown(value: Json | undefined): string {
  if (isEmpty(value)) return value === undefined || value === null ? NONE_TEXT : JSON.stringify(value);
  const text = typeof value === "string" && value.startsWith(MARK) ? value : JSON.stringify(value);
  // Only what can be shown is searched for invisible characters, which takes long in a long text.
  const beginning = text
    .slice(0, 10 * VALUE_LIMIT)
    .replaceAll(MARK, "")
    .replaceAll("\\u0000", "");
  return cut(visible(beginning), VALUE_LIMIT);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return isTree(value) && Object.keys(value).length === 0;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function at(tree: unknown, key: string): unknown {
  return isTree(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined;
}

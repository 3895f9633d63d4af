import { isDeepStrictEqual } from "node:util";
import { actionsOf, lostApprovals, stagesOf } from "./approvals";
import { definition } from "../../stacks/pipeline/definition";
import { placed } from "./expected";
import { differences, type Difference } from "./json-difference";
import { entriesOf, valueAt, type Json, type JsonObject } from "../../stacks/stack-json";
import { onlyReference } from "./template";
import { asName, cut, inert, visible } from "../../stacks/visible-text";

/** Characters of a value: an approval has 1,000 for everything, and the log has all lines. */
const MOST_OF_A_VALUE = 160;

/**
 * Returns in one line what changes between two definitions of the pipeline, for the reviewer who approves it. Removed
 * approvals come first. `none` where nothing changes.
 *
 * @param before the deployed definition; undefined where it is unknown
 * @param limit the characters it has at most; the rest is in the log
 */
export function definitionChange(before: JsonObject | undefined, after: JsonObject, limit: number): string {
  const [first, ...others] = definitionChanges(before, after);
  if (first === undefined) return "none";
  const whole = [first, ...others].join("; ");
  if (whole.length <= limit) return whole;
  let text = cut(first, limit - rest(others.length).length);
  let left = others.length;
  for (const change of others) {
    const longer = `${text}; ${change}`;
    if (longer.length + rest(left - 1).length > limit) break;
    text = longer;
    left--;
  }
  return `${text}${rest(left)}`;
}

/** Returns the changes between two definitions of the pipeline; none where they are the same. */
export function definitionChanges(before: JsonObject | undefined, after: JsonObject): string[] {
  if (before === undefined) return ["the deployed definition is unknown, so everything can have changed"];
  const [old, now] = [definition(before), definition(after)];
  if (isDeepStrictEqual(old, now)) return [];
  const { programs, short, long } = resourceChanges(old, now);
  const changes = [
    ...lostApprovals(old, now),
    ...programs,
    ...stageChanges(old, now),
    ...short,
    ...otherChanges(old, now),
    ...long,
  ];
  // A difference without a description still is one: no reviewer is asked about "none".
  return (changes.length > 0 ? changes : ["the definitions differ"]).map((change) => inert(visible(change)));
}

function rest(count: number): string {
  return count === 0 ? "" : `; ${count} more in the log of CheckBuild`;
}

/** Returns added, removed and moved stages, and the changes within the others. */
function stageChanges(before: JsonObject, after: JsonObject): string[] {
  const [old, now] = [named(stagesOf(before)), named(stagesOf(after))];
  const common = (one: Map<string, JsonObject>, other: Map<string, JsonObject>) =>
    [...one.keys()].filter((name) => other.has(name)).join(", ");
  const isMoved = common(old, now) !== common(now, old);
  return [
    ...[...old.keys()].filter((name) => !now.has(name)).map((name) => `stage ${name} is removed`),
    ...[...now].flatMap(([name, stage]) =>
      old.has(name) ? [] : [`stage ${name} is added: ${[...named(actionsOf(stage)).keys()].join(", ")}`],
    ),
    ...(isMoved
      ? [`the order of the stages changes: ${[...old.keys()].join(", ")} → ${[...now.keys()].join(", ")}`]
      : []),
    ...[...now].flatMap(([name, stage]) =>
      old.has(name) ? differences(old.get(name), stage).map((one) => words(`stage ${name}`, one)) : [],
    ),
  ];
}

/** Maps stages or actions by name; a duplicate, which CodePipeline refuses, gets its position too. */
function named(list: readonly JsonObject[]): Map<string, JsonObject> {
  const byName = new Map<string, JsonObject>();
  for (const [index, one] of list.entries()) {
    const name = typeof one.name === "string" ? asName(one.name) : String(index);
    byName.set(byName.has(name) ? `${name} (number ${index + 1})` : name, one);
  }
  return byName;
}

/** What a reviewer calls a resource of a type; others are named by their type. In the order of the text. */
const KINDS: Readonly<Record<string, string>> = {
  aws_codebuild_project: "project",
  aws_iam_role: "role",
  aws_iam_role_policy: "permissions of",
  aws_codepipeline: "pipeline",
  aws_codepipeline_webhook: "webhook",
  aws_cloudwatch_metric_alarm: "alarm",
};

interface ResourceChanges {
  /** Changed programs of the privileged steps. */
  readonly programs: ReadonlySet<string>;
  readonly short: readonly string[];
  /** The arguments of new resources, and the changed lines of texts: there are many. */
  readonly long: readonly string[];
}

function resourceChanges(before: JsonObject, after: JsonObject): ResourceChanges {
  const [programs, short, long] = [new Set<string>(), [] as string[], [] as string[]];
  for (const type of typesOf(before, after)) {
    const [old, now] = [valueAt(before, "resource", type), valueAt(after, "resource", type)];
    for (const name of new Set([...entriesOf(old), ...entriesOf(now)].map(([name]) => name))) {
      const [one, other] = [valueAt(old, name), valueAt(now, name)];
      const what = `${KINDS[type] ?? asName(type)} ${resourceName(other ?? one, name)}`;
      if (one === undefined) short.push(`${what} is added`);
      else if (other === undefined) short.push(`${what} is removed`);
      const of =
        one === undefined ? differences({}, other) : other === undefined ? [] : differences(one, other);
      for (const difference of of.filter(({ path }) => type !== "aws_codepipeline" || path[0] !== "stage")) {
        const otherPrograms = programsChange(difference);
        const isLong = one === undefined || difference.path[0] === "depends_on";
        if (otherPrograms !== undefined) programs.add(otherPrograms);
        else (isLong ? long : short).push(words(what, difference));
        long.push(...changedLines(what, difference));
      }
    }
  }
  return { programs, short, long };
}

/** Returns the change of the pinned programs, which is the same for all projects: every change of a task is one. */
function programsChange({ path, before, after }: Difference): string | undefined {
  if (path.join(".") !== "environment.environment_variable.PROGRAMS.value") return undefined;
  const [old, now] = [programsAt(before), programsAt(after)];
  if (old === undefined || now === undefined || old.folder !== now.folder) return undefined;
  return `the pinned programs change: ${old.digest} → ${now.digest}`;
}

function programsAt(place: Json | undefined): { folder: string; digest: string } | undefined {
  const found = typeof place === "string" ? /^(.*\/)([0-9a-f]{64})\.zip$/.exec(place) : null;
  return found === null ? undefined : { folder: found[1]!, digest: found[2]!.slice(0, 12) };
}

function typesOf(before: JsonObject, after: JsonObject): string[] {
  const found = new Set([...entriesOf(before.resource), ...entriesOf(after.resource)].map(([type]) => type));
  const known = Object.keys(KINDS);
  return [...known, ...[...found].filter((type) => !known.includes(type)).sort()];
}

/** Returns the name of a resource in AWS, or that of its role. */
function resourceName(resource: Json | undefined, name: string): string {
  const reference = onlyReference(valueAt(resource, "role"));
  const role = reference?.type === "aws_iam_role" ? reference.name : undefined;
  const own = ["name", "alarm_name", "bucket"].map((key) => valueAt(resource, key));
  return asName(
    role ?? own.find((one): one is string => typeof one === "string" && !one.includes("${")) ?? name,
  );
}

/** Returns the changes of providers, data sources, outputs and the backend. */
function otherChanges(before: JsonObject, after: JsonObject): string[] {
  const { resource: _before, ...old } = before;
  const { resource: _after, ...now } = after;
  return differences(old, now).map((one) => words("the stack", one));
}

/** Describes a difference; for a text of several lines by their number, since `changedLines` shows them. */
function words(what: string, difference: Difference): string {
  const { path, before, after } = difference;
  const at = `${what}: ${path.map(asName).join(".") || "all"}`;
  const { added, removed } = lineChanges(difference);
  if (added.length + removed.length > 0)
    return `${at} has ${added.length} lines more and ${removed.length} less`;
  return `${at} ${shown(before)} → ${shown(after)}`;
}

function changedLines(what: string, difference: Difference): string[] {
  const { added, removed } = lineChanges(difference);
  const at = `${what}: ${difference.path.map(asName).join(".")}`;
  const quoted = (sign: string) => (line: string) => `${at} ${sign} ${JSON.stringify(line)}`;
  return [...removed.map(quoted("-")), ...added.map(quoted("+"))];
}

/** Returns the added and removed lines of a text of several lines. */
function lineChanges({ before, after }: Difference): { added: string[]; removed: string[] } {
  const [old, now] = [before, after].map((text) => (typeof text === "string" ? text.split("\n") : []));
  if (Math.max(old!.length, now!.length) < 2) return { added: [], removed: [] };
  return { added: without(now!, old!), removed: without(old!, now!) };
}

/** Returns the lines of one list that another lacks, each as often as it lacks it. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function shown(value: Json | undefined): string {
  return value === undefined ? "(none)" : cut(placed(JSON.stringify(value)), MOST_OF_A_VALUE);
}

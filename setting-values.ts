import { z } from "zod";

/** `pattern=environment`, separated by commas. */
export const branchRulePattern =
  /^[A-Za-z0-9_][A-Za-z0-9._/-]*\*?=(dev|stage)(,[A-Za-z0-9_][A-Za-z0-9._/-]*\*?=(dev|stage))*$/;

/** The environment that branch pipelines deliver to. */
export interface BranchRule {
  /** A branch, or a prefix with a `*`. */
  readonly pattern: string;
  readonly environment: "dev" | "stage";
}

/** Reads one rule of `pipeline_branches`. */
export function readBranchRule(rule: string): BranchRule {
  // Stryker disable next-line StringLiteral: a text always has a first part.
  const [pattern = "", environment] = rule.split("=");
  return { pattern, environment: environment as BranchRule["environment"] };
}

/** Returns whether CodePipeline knows the strategy: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html */
export function isDeployStrategy(strategy: string): boolean {
  if (strategy === "AllAtOnce") return true;
  const canary = /^Canary([1-9]\d?)Percent([1-9]\d{0,3})Minutes$/.exec(strategy);
  const linear = /^Linear([1-9]\d?)PercentEvery([1-9]\d{0,3})Minutes?$/.exec(strategy);
  // Stryker disable next-line ArrayDeclaration: only the entries behind the first are read, and have defaults.
  const [, percent = 0, minutes = 0] = (canary ?? linear ?? []).map(Number);
  const waits = canary ? 1 : Math.ceil(100 / percent) - 1;
  return percent > 0 && waits * minutes <= 2 * 24 * 60;
}

/** The fields of a cron expression: the smallest and the largest number, and the other characters that each can have. */
const CRON_FIELDS: readonly (readonly [minimum: number, maximum: number, others: RegExp])[] = [
  [0, 59, /^[*]$/],
  [0, 23, /^[*]$/],
  [1, 31, /^([*?]|L|LW|\d+W)$/],
  [1, 12, /^([*]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)$/],
  [1, 7, /^([*?]|L|SUN|MON|TUE|WED|THU|FRI|SAT|[1-7]L|[1-7]#[1-5])$/],
  [1970, 2199, /^[*]$/],
];

/**
 * Returns whether EventBridge accepts a schedule, `rate(1 day)` or `cron(0 6 ? * MON-FRI *)`:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function isSchedule(text: string): boolean {
  const [, count, unit] = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/.exec(text) ?? [];
  // One is singular, more is plural: EventBridge refuses anything else.
  if (count !== undefined) return /^[1-9]\d*$/.test(count) && (count === "1") !== unit!.endsWith("s");
  const fields = /^cron\((.+)\)$/.exec(text)?.[1]?.split(" ") ?? [];
  if (fields.length !== CRON_FIELDS.length) return false;
  // Exactly one of the day of the month and the day of the week is open.
  if ([fields[2], fields[4]].filter((day) => day === "?").length !== 1) return false;
  return fields.every((field, index) => isCronField(field, CRON_FIELDS[index]!));
}

/** Whether a field is a list of values and ranges, each with a step or without. */
function isCronField(field: string, [minimum, maximum, others]: (typeof CRON_FIELDS)[number]): boolean {
  const isValue = (value: string) =>
    others.test(value) || (/^\d{1,4}$/.test(value) && Number(value) >= minimum && Number(value) <= maximum);
  return field.split(",").every((part) => {
    const [, range, step] = /^([^/]+)(?:\/([1-9]\d{0,2}))?$/.exec(part) ?? [];
    const ends = range?.split("-") ?? [];
    return (
      ends.length > 0 && ends.length <= 2 && ends.every(isValue) && (step === undefined || ends[0] !== "?")
    );
  });
}

/** The names of general purpose buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function bucketName(maximum: number) {
  return z
    .string()
    .min(3)
    .max(maximum)
    .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/)
    .refine(
      (name) =>
        !/\.\.|^(\d+\.){3}\d+$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(
          name,
        ),
    );
}

/** When production can be deployed: the configuration of CodePipeline's rule DeploymentWindow. */
export interface DeploymentWindow {
  readonly cron: string;
  readonly timeZone: string;
}

const cronNumber = "\\d{1,2}";
/** A list of numbers or names, ranges and increments. */
const cronList = (value: string) => {
  const part = `(?:\\*|${value}(?:-${value})?)(?:/[1-9]\\d?)?`;
  return `${part}(?:,${part})*`;
};
const months = "(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)";
const weekdays = "(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)";

/** The fields of the rule's cron expression, the day of the month or the week being `?`. */
const cronFields = [
  "\\*",
  cronList("[0-5]?\\d"),
  cronList("(?:1?\\d|2[0-3])"),
  `(?:\\?|L(?:-${cronNumber}|W)?|${cronNumber}W|${cronList("(?:[1-9]|[12]\\d|3[01])")})`,
  cronList(`(?:[1-9]|1[0-2]|${months})`),
  `(?:\\?|L|${weekdays}(?:L|#[1-5])|${cronList(weekdays)})`,
  cronList("(?:19[7-9]\\d|2[01]\\d\\d)"),
].map((field) => new RegExp(`^${field}$`, "i"));

/**
 * Reads a cron expression of six fields or, with the year, seven, and the time zone after it.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
 *
 * @returns undefined if CodePipeline would refuse it, or take the abbreviation of a time zone for another
 */
export function readDeploymentWindow(text: string): DeploymentWindow | undefined {
  const words = text.trim().split(/\s+/);
  const timeZone = words.pop() ?? "";
  const isCron =
    [6, 7].includes(words.length) &&
    words.every((word, index) => cronFields[index]!.test(word)) &&
    // As in all cron expressions of AWS, one of them leaves the choice of days to the other.
    (words[3] === "?") !== (words[5] === "?");
  return isCron && isTimeZone(timeZone) ? { cron: words.join(" "), timeZone } : undefined;
}

/** `UTC`, `UTC+05:30`, or `Region/City` as the tz database has it. */
function isTimeZone(zone: string): boolean {
  if (/^UTC([+-]([01]\d|2[0-3]):[0-5]\d)?$/.test(zone)) return true;
  if (!/^[A-Za-z]+(\/[A-Za-z_-]+)+$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

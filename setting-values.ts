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

/**
 * Glob patterns of files, separated by commas. CodePipeline accepts 8 with up to 255 characters:
 * https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GitFilePathFilterCriteria.html
 *
 * Its groups `{a,b}` have commas, which separate patterns here. One without a letter or digit, such as `**` or `*.*`,
 * would ignore almost every file.
 */
export function ignoredPaths() {
  return z.string().refine((text) => {
    const patterns = text.split(",");
    return patterns.length <= 8 && patterns.every(isFilePattern);
  });
}

/** Whether a pattern can match a path relative to the repository, and names some of its files. */
function isFilePattern(pattern: string): boolean {
  const hasPathOfNoFile = /(^|\/)\.{0,2}(\/|$)/.test(pattern);
  return /^(?=.*[A-Za-z0-9])[A-Za-z0-9._+@/*?-]{1,255}$/.test(pattern) && !hasPathOfNoFile;
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

/** A field of a cron expression: its numbers, the names that stand for some, and what stands for no list of them. */
interface CronField {
  readonly minimum: number;
  readonly maximum: number;
  readonly names?: RegExp;
  readonly alone?: RegExp;
}

/** The fields of AWS's cron expressions: minutes, hours, day of month, month, day of week and year. */
const CRON_FIELDS: readonly CronField[] = [
  { minimum: 0, maximum: 59 },
  { minimum: 0, maximum: 23 },
  { minimum: 1, maximum: 31, alone: /^([?]|L|LW|L-\d{1,2}|\d{1,2}W)$/ },
  { minimum: 1, maximum: 12, names: /^(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)$/ },
  { minimum: 1, maximum: 7, names: /^(SUN|MON|TUE|WED|THU|FRI|SAT)$/, alone: /^([?]|L|[1-7]L|[1-7]#[1-5])$/ },
  { minimum: 1970, maximum: 2199 },
];

/** Returns whether the fields are valid, and exactly one of the day of the month and the day of the week is open. */
function isCron(fields: readonly string[]): boolean {
  const [, , dayOfMonth, , dayOfWeek] = fields;
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) return false;
  return fields.every((field, index) => isCronField(field, CRON_FIELDS[index]!));
}

/** Whether a field is a list of values and ranges, each with a step or without. */
function isCronField(field: string, { minimum, maximum, names, alone }: CronField): boolean {
  if (alone?.test(field)) return true;
  const isValue = (value: string) =>
    names?.test(value) || (/^\d{1,4}$/.test(value) && Number(value) >= minimum && Number(value) <= maximum);
  return field.split(",").every((part) => {
    const [, range] = /^([^/]+)(?:\/[1-9]\d{0,2})?$/.exec(part) ?? [];
    const ends = range?.split("-") ?? [];
    return range === "*" || (ends.length > 0 && ends.length <= 2 && ends.every(isValue));
  });
}

/**
 * Returns whether EventBridge accepts a schedule, `rate(1 day)` or `cron(0 6 ? * MON-FRI *)`:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function isSchedule(text: string): boolean {
  const [, count, unit] = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/.exec(text) ?? [];
  // One is singular, more is plural: EventBridge refuses anything else.
  if (count !== undefined) return /^[1-9]\d*$/.test(count) && (count === "1") !== unit!.endsWith("s");
  const fields = /^cron\((.+)\)$/.exec(text)?.[1]?.split(" ") ?? [];
  return fields.length === CRON_FIELDS.length && isCron(fields);
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

/**
 * Reads a cron expression of six fields or, with the year, seven, and the time zone after it.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
 *
 * @returns undefined if CodePipeline would refuse it, or take the abbreviation of a time zone for another
 */
export function readDeploymentWindow(text: string): DeploymentWindow | undefined {
  const words = text.trim().split(/\s+/);
  const timeZone = words.pop() ?? "";
  const [seconds, ...fields] = words;
  // The year can be left out.
  const isValid = seconds === "*" && [5, 6].includes(fields.length) && isCron(fields.map(numbered));
  return isValid && isTimeZone(timeZone) ? { cron: words.join(" "), timeZone } : undefined;
}

const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** A field in capitals, with a number for the weekday in `FRI#3` and `FRIL`: this rule accepts both. */
function numbered(field: string): string {
  return field
    .toUpperCase()
    .replace(/^([A-Z]{3})(?=(L|#\d)$)/, (day) =>
      WEEKDAYS.includes(day) ? `${WEEKDAYS.indexOf(day) + 1}` : day,
    );
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

/**
 * The issuer of tokens. API Gateway requires HTTPS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * Plain HTTP is for the rehearsal.
 */
export function issuer() {
  return z
    .string()
    .regex(/^(https:\/\/[a-z0-9.-]+|http:\/\/(127\.0\.0\.1|localhost))(:\d{1,5})?(\/[\w.~%/-]*)?$/);
}

/** The audience of tokens: the identifier of an API, or the id of a client. */
export function audience() {
  return z.string().regex(/^[\w.~:/@%+=-]{1,255}$/);
}

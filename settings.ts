import { config as loadDotenv } from "dotenv";
import { z } from "zod";
import {
  audience,
  branchRulePattern,
  bucketName,
  ignoredPaths,
  isDeployStrategy,
  isSchedule,
  issuer,
  readBranchRule,
  readDeploymentWindow,
} from "./setting-values";

/** The secret in Secrets Manager with the keys `githubAccessToken` and `webhookSecret`. */
export const secretName = "PIPELINE_GITHUB";

/** The value of `pipeline_drift_schedule` with which nothing is compared. */
export const noSchedule = "off";

/**
 * The settings: their names in `.env`, in the environment and in SSM (`/<hw_stack_name>/<name>`), their values, and what
 * they mean. Error messages and `.env.example` contain the descriptions; a test compares them.
 *
 * The account and the region are not settings: they come from the credentials and from `AWS_REGION`.
 */
export const settingsSchema = z.strictObject({
  hw_stack_name: z
    .string()
    // 32 leaves room for the suffixes of role and function names, which end at 64.
    .max(32)
    .regex(/^[A-Za-z][A-Za-z0-9-]*(_[a-z0-9_]+)?$/)
    // SSM refuses parameter folders that begin with these words.
    .refine((name) => !/^(aws|ssm)/i.test(name))
    .describe(
      "prefix of all resource names: 1 to 32 letters, digits and hyphens, starting with a letter but not with aws or ssm; npm run env adds an underscore and the branch",
    ),
  hw_stack_bucket_name: bucketName(63 - "-prod".length).describe(
    "prefix of the service's bucket names, <prefix>-dev and <prefix>-prod: 3 to 58 characters of an S3 bucket name",
  ),
  pipeline_bucket_name: bucketName(63).describe(
    "bucket for the pipeline's artifacts: an S3 bucket name of 3 to 63 characters",
  ),
  pipeline_state_bucket_name: bucketName(63).describe(
    "bucket for the Terraform states: an S3 bucket name of 3 to 63 characters; default: <pipeline_bucket_name>-state",
  ),
  pipeline_githubOwner: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9])){0,38}$/)
    .describe(
      "GitHub user or organization that owns the repository: up to 39 letters, digits and single hyphens",
    ),
  pipeline_githubRepo: z
    .string()
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/)
    .refine((name) => !name.endsWith(".git"))
    .describe(
      "GitHub repository, without its owner: up to 100 letters, digits, dots, hyphens and underscores, not ending in .git",
    ),
  pipeline_githubBranch: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._/-]*$/)
    // git refuses these in the name of a branch (git-check-ref-format).
    .refine((name) => name !== "HEAD" && !/\.\.|\/\/|\/\.|\/$|\.$|\.lock(\/|$)/.test(name))
    .default("main")
    .describe(
      "branch whose pushes start the pipeline: up to 100 letters, digits and . _ / - as git allows them; default: main",
    ),
  pipeline_source: z
    .enum(["github", "connection"])
    .default("github")
    .describe(
      "how the pipeline reads the repository: github (GitHub version 1, with a token and a webhook) or connection (CodeConnections, whose GitHub app you install once; hw_stack_name then has at most 25 characters); default: github",
    ),
  pipeline_ignore_paths: ignoredPaths()
    .optional()
    .transform((patterns) => patterns?.split(",") ?? [])
    .describe(
      "files whose changes alone start no run: 1 to 8 comma-separated glob patterns, such as docs/**,*.md, relative to the repository, where * stays within a folder and ** does not; each has up to 255 letters, digits and . _ - + @ / * ?, among them a letter or digit, and no / at its start or end; refused without pipeline_source=connection; default: none",
    ),
  pipeline_branches: z
    .string()
    .regex(branchRulePattern)
    .optional()
    .transform((rules) => (rules === undefined ? [] : rules.split(",").map(readBranchRule)))
    .describe(
      "branches for which npm run env deploys a pipeline: comma-separated pattern=environment, such as develop=dev,release/*=stage, where a pattern is a branch or a prefix with a *, and an environment is dev or stage; the first match applies; default: none",
    ),
  pipeline_environment: z
    .enum(["prod", "dev", "stage"])
    .default("prod")
    .describe(
      "environment that the pipeline delivers to: prod, dev or stage; default: prod, and npm run env sets it for branch pipelines",
    ),
  pipeline_manual_approval: z
    .enum(["true", "false", "always"])
    .default("true")
    .transform((approval) => (approval === "always" ? approval : approval === "true"))
    .describe(
      "approval before production is deployed: true (if production or the pipeline changes), always or false; default: true",
    ),
  pipeline_approval_timeout: z
    .string()
    .regex(/^[1-9]\d{0,4}$/)
    .transform(Number)
    // https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
    .refine((minutes) => minutes >= 5 && minutes <= 60 * 24 * 60)
    .default(7 * 24 * 60)
    .describe("minutes after which an approval fails: 5 to 86400 (60 days); default: 10080 (7 days)"),
  pipeline_rollout: z
    .string()
    .refine(isDeployStrategy)
    .default("Canary10Percent5Minutes")
    .describe(
      "deployment strategy of CodePipeline's Lambda action for production's traffic: Canary10Percent5Minutes or Linear10PercentEvery1Minute, also with other numbers but at most two days in total, or AllAtOnce; default: Canary10Percent5Minutes",
    ),
  pipeline_deployment_window: z
    .string()
    .transform((text, context) => {
      const window = readDeploymentWindow(text);
      if (window === undefined) context.addIssue({ code: "custom" });
      return window;
    })
    .optional()
    .describe(
      "when production can be deployed: the cron expression of CodePipeline's rule DeploymentWindow (seconds, minutes, hours, day of month, month, day of week and optionally year, where the seconds are * and one of the days is ?) and a time zone, Region/City or UTC with an offset, such as * * 9-16 ? * MON-FRI * Europe/Berlin; default: always",
    ),
  pipeline_self_update: z
    .enum(["last", "after-unit-test"])
    .default("last")
    .describe(
      "when the pipeline updates itself: last (after production is deployed) or after-unit-test (before anything is deployed); default: last",
    ),
  pipeline_image: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/)
    .refine((image) => image !== "aws/codebuild/amazonlinux2-x86_64-standard:3.0")
    .default("aws/codebuild/amazonlinux-x86_64-standard:5.0")
    .describe(
      "CodeBuild image of all build steps, with Node.js 20 or later: not aws/codebuild/amazonlinux2-x86_64-standard:3.0, whose glibc 2.26 cannot run Node.js 18 and later; default: aws/codebuild/amazonlinux-x86_64-standard:5.0",
    ),
  pipeline_github_oidc: z
    .enum(["create", "existing"])
    .default("create")
    .describe(
      "identity provider for GitHub Actions, of which an account has one: create or existing; default: create",
    ),
  pipeline_commit_status: z
    .enum(["true", "false"])
    .default("true")
    .transform((status) => status === "true")
    .describe(
      "commit status on GitHub for each stage, for which the token needs Commit statuses (write) or the scope repo:status: true or false; default: true, or false if pipeline_source=connection",
    ),
  pipeline_alarm_email: z
    .email()
    .optional()
    .describe(
      "e-mail address for failure notifications, which has to confirm the subscription; default: none",
    ),
  pipeline_approval_email: z
    .email()
    .optional()
    .describe("e-mail address for approval requests, which has to confirm the subscription; default: none"),
  pipeline_drift_schedule: z
    .string()
    .refine((schedule) => schedule === noSchedule || isSchedule(schedule))
    .default("rate(1 day)")
    .describe(
      "when production and the pipeline are compared with what was deployed: an EventBridge schedule, such as rate(1 day) or cron(0 6 ? * MON-FRI *) in UTC, or off; default: rate(1 day)",
    ),
  service_auth: z
    .enum(["iam", "jwt", "none"])
    .optional()
    .describe(
      "who is allowed to call the API: iam (signed requests of AWS identities with execute-api:Invoke), jwt (tokens of an OpenID provider) or none (anyone who knows its URL); default: none, and npm run bootstrap asks",
    ),
  service_auth_issuer: issuer()
    .optional()
    .describe(
      "issuer of the tokens, as in their claim iss: an https URL, below which API Gateway finds /.well-known/openid-configuration; required with service_auth=jwt, refused without it",
    ),
  service_auth_audience: audience()
    .optional()
    .describe(
      "audience of the tokens for production, as in their claim aud or client_id: up to 255 letters, digits and . _ ~ : / @ % + = -; required with service_auth=jwt, refused without it",
    ),
  service_auth_dev_audience: audience()
    .optional()
    .describe(
      "audience of the tokens for all other environments, whose tests run a commit's code: like service_auth_audience, but another value; required with service_auth=jwt, refused without it",
    ),
  service_requests_per_second: z
    .string()
    // The quota of all APIs of an account in a region: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    .regex(/^([1-9]\d{0,3}|10000)$/)
    .default("100")
    .transform(Number)
    .describe(
      "requests per second that each environment's API accepts, with a burst of twice as many but at most 5000; others get 429: 1 to 10000; default: 100",
    ),
  service_concurrency: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .optional()
    .transform((executions) => (executions === undefined ? undefined : Number(executions)))
    .describe(
      "reserved concurrency of each function: 1 to 9999; default: none (a new account has a concurrency of 10, of which none can be reserved)",
    ),
  service_stored_gigabytes: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .default("100")
    .transform(Number)
    .describe(
      "gigabytes in an environment's bucket, old versions included, above which the failure topic is notified: 1 to 999999; default: 100",
    ),
  service_old_version_days: z
    .string()
    .regex(/^(off|[1-9]\d{0,3})$/)
    .optional()
    .transform((days) => (days === undefined || days === "off" ? days : Number(days)))
    .describe(
      "days for which replaced and deleted versions of documents are kept, in the buckets that the stacks create; incomplete uploads are then deleted after 7 days: 1 to 9999, or off (all are kept); default: the lifecycle rules of a bucket stay as they are, and a new bucket has none",
    ),
  service_kept_versions: z
    .string()
    .regex(/^([1-9]\d?|100)$/)
    .default("20")
    .transform(Number)
    .describe(
      "deployments whose function versions are kept for a rollback, in each environment; older versions are deleted: 1 to 100; default: 20",
    ),
  service_cors_origins: z
    .string()
    .regex(/^(\*|https?:\/\/[a-z0-9.-]+(:\d{1,5})?(,https?:\/\/[a-z0-9.-]+(:\d{1,5})?)*)$/)
    .optional()
    .transform((origins) => origins?.split(",") ?? [])
    .describe(
      "origins whose pages are allowed to call the API in a browser: comma-separated, such as https://www.example.com, or *; default: none",
    ),
  service_existing_bucket_dev: bucketName(63)
    .optional()
    .describe(
      "existing bucket for dev's documents, which sends its events to EventBridge and whose settings stay unchanged: an S3 bucket name; default: dev gets a new bucket",
    ),
  service_existing_bucket_prod: bucketName(63)
    .optional()
    .describe(
      "existing bucket for production's documents, like dev's: the name of another bucket, which no setting above names; default: production gets a new bucket",
    ),
  codebuild_role_arn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/)
    .optional()
    .describe(
      "IAM role that all build steps share: an ARN; default: each step gets a role of its own with only the permissions that it needs",
    ),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** Names all invalid settings in one message. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `${problems.length === 1 ? "A setting is" : `${problems.length} settings are`} invalid; nothing was created.\n` +
        problems.map((problem) => `  - ${problem}`).join("\n") +
        "\nSet them in the environment or in .env (see .env.example). A build gets them from SSM.",
    );
    this.name = "SettingsError";
  }
}

/**
 * Reads the settings from the environment. An empty value counts as not set, as in `.env` files.
 * `pipeline_state_bucket_name` defaults to `<pipeline_bucket_name>-state`, and `pipeline_commit_status` to `false` with a
 * connection.
 *
 * @throws {SettingsError} that names every invalid setting, its value and the expected one
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(settingNames.map((name) => [name, env[name] || undefined]));
  given.pipeline_state_bucket_name ??= given.pipeline_bucket_name && `${given.pipeline_bucket_name}-state`;
  // With a connection, no role reads a token unless the operator chooses it.
  if (given.pipeline_source === "connection") given.pipeline_commit_status ??= "false";
  const result = settingsSchema
    .superRefine(refuseSharedBuckets)
    .superRefine(refuseOtherName)
    .superRefine(refuseLongConnection)
    .superRefine(refuseIgnoredPaths)
    .superRefine(refuseOtherAuth)
    .safeParse(given);
  if (result.success) return result.data;
  const invalid = new Set(result.error.issues.map((issue) => issue.path[0] as SettingName));
  throw new SettingsError(
    [...invalid].map((name) => {
      const found = given[name] === undefined ? "missing" : shown(given[name]);
      return `${name} is ${found}. Expected: ${settingsSchema.shape[name].description}.`;
    }),
  );
}

/** The underscore separates the names and permissions of branch pipelines from all others. */
function refuseOtherName(settings: z.infer<typeof settingsSchema>, context: z.RefinementCtx): void {
  const hasUnderscore = settings.hw_stack_name.includes("_");
  if (hasUnderscore === (settings.pipeline_environment !== "prod")) return;
  const path = [hasUnderscore ? "hw_stack_name" : "pipeline_environment"];
  context.addIssue({ code: "custom", path });
}

/**
 * The connection's name is the stack name with a suffix, and has 32 characters at most:
 * https://docs.aws.amazon.com/codestar-connections/latest/APIReference/API_CreateConnection.html
 */
function refuseLongConnection(settings: z.infer<typeof settingsSchema>, context: z.RefinementCtx): void {
  if (settings.pipeline_source === "github") return;
  const [stack = ""] = settings.hw_stack_name.split("_");
  if (`${stack}-github`.length > 32) context.addIssue({ code: "custom", path: ["pipeline_source"] });
}

/** GitHub's webhook starts the pipeline of a source without a connection, and AWS's filters on it see no paths. */
function refuseIgnoredPaths(settings: z.infer<typeof settingsSchema>, context: z.RefinementCtx): void {
  if (settings.pipeline_source === "connection" || settings.pipeline_ignore_paths.length === 0) return;
  context.addIssue({ code: "custom", path: ["pipeline_ignore_paths"] });
}

/** A JWT authorizer needs an issuer and two audiences, which mean nothing to any other. */
function refuseOtherAuth(settings: z.infer<typeof settingsSchema>, context: z.RefinementCtx): void {
  const hasTokens = settings.service_auth === "jwt";
  for (const name of ["service_auth_issuer", "service_auth_audience", "service_auth_dev_audience"] as const) {
    if ((settings[name] !== undefined) !== hasTokens) context.addIssue({ code: "custom", path: [name] });
  }
  // A commit's code gets tokens for dev in IntegrationTest: they must not be valid for production.
  if (hasTokens && settings.service_auth_audience === settings.service_auth_dev_audience)
    context.addIssue({ code: "custom", path: ["service_auth_dev_audience"] });
}

/** Environments share no bucket, and documents are in no bucket with states or artifacts. */
function refuseSharedBuckets(settings: z.infer<typeof settingsSchema>, context: z.RefinementCtx): void {
  const taken = [
    settings.pipeline_bucket_name,
    settings.pipeline_state_bucket_name,
    `${settings.hw_stack_bucket_name}-dev`,
    `${settings.hw_stack_bucket_name}-prod`,
  ];
  for (const name of ["service_existing_bucket_dev", "service_existing_bucket_prod"] as const) {
    const bucket = settings[name];
    if (bucket === undefined) continue;
    if (taken.includes(bucket)) context.addIssue({ code: "custom", path: [name] });
    taken.push(bucket);
  }
}

/** An invalid value for a message, in case a token was pasted into the wrong line. */
function shown(value: string): string {
  return /(gh[a-z]|github_pat)_\w{8}/.test(value) ? "a GitHub token (not shown)" : JSON.stringify(value);
}

/** Returns the settings as variables. A setting without a value is empty, so that `.env` does not set it. */
export function asEnvironment(settings: Settings): Record<SettingName, string> {
  return Object.fromEntries(settingNames.map((name) => [name, asVariable(settings[name])])) as Record<
    SettingName,
    string
  >;
}

function asVariable(value: Settings[SettingName]): string {
  if (value === undefined) return "";
  if (typeof value !== "object") return String(value);
  if ("cron" in value) return `${value.cron} ${value.timeZone}`;
  return value.map((one) => (typeof one === "string" ? one : `${one.pattern}=${one.environment}`)).join(",");
}

/** Adds the variables of `.env` in the current folder to the environment, which takes precedence. */
export function loadEnvFile(): void {
  loadDotenv({ quiet: true });
}

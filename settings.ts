import { config as loadDotenv } from "dotenv";
import { z } from "zod";

/** The secret in Secrets Manager with the keys `githubAccessToken` and `webhookSecret`. */
export const secretName = "PIPELINE_GITHUB";

/** `pattern=environment`, with commas between. */
const branchRules =
  /^[A-Za-z0-9_][A-Za-z0-9._/-]*\*?=(dev|stage)(,[A-Za-z0-9_][A-Za-z0-9._/-]*\*?=(dev|stage))*$/;

/**
 * Every setting of the project: the name it has in `.env`, in the environment and in SSM (in the
 * folder `/<hw_stack_name>/`), what it takes, and what it means. The descriptions are what a person
 * reads when a value is refused, and what `.env.example` says (a test compares them).
 *
 * The account and the region are not settings: they come from the credentials at hand, and
 * `AWS_REGION` chooses the region as it does for every AWS tool.
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
      "1 to 32 letters, digits and hyphens, beginning with a letter but not with aws or ssm: the name that every resource begins with; npm run env puts an underscore and the branch behind it",
    ),
  hw_stack_bucket_name: bucketName(63 - "-prod".length).describe(
    "an S3 bucket name of 3 to 58 characters: the service's buckets are <name>-dev and <name>-prod",
  ),
  pipeline_bucket_name: bucketName(63).describe(
    "an S3 bucket name of 3 to 63 characters: the bucket for the pipeline's artifacts",
  ),
  pipeline_state_bucket_name: bucketName(63).describe(
    "an S3 bucket name of 3 to 63 characters: the bucket for Terraform's state",
  ),
  pipeline_githubOwner: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9])){0,38}$/)
    .describe("a GitHub user or organization: up to 39 letters, digits and single hyphens"),
  pipeline_githubRepo: z
    .string()
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/)
    .refine((name) => !name.endsWith(".git"))
    .describe(
      "a GitHub repository's name without its owner: up to 100 letters, digits, dots, hyphens and underscores, not ending in .git",
    ),
  pipeline_githubBranch: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._/-]*$/)
    // What git itself refuses in a branch's name (git-check-ref-format).
    .refine((name) => name !== "HEAD" && !/\.\.|\/\/|\/\.|\/$|\.$|\.lock(\/|$)/.test(name))
    .default("main")
    .describe(
      "a branch: up to 100 letters, digits and . _ / - as git allows them; a push to it starts the pipeline",
    ),
  pipeline_branches: z
    .string()
    .regex(branchRules)
    .optional()
    .describe(
      "branches that get a pipeline of their own with npm run env, as pattern=environment with commas between, such as develop=dev,release/*=stage: a pattern is a branch, or its beginning with a * behind it, and the environment dev or stage; the first that matches counts; left out: none does",
    ),
  pipeline_environment: z
    .enum(["prod", "dev", "stage"])
    .default("prod")
    .describe(
      "prod, dev or stage: the environment that the pipeline delivers to; it stays prod, npm run env gives a branch's pipeline another",
    ),
  pipeline_manual_approval: z
    .enum(["true", "false"])
    .default("true")
    .describe("true or false: whether a person approves before production is deployed"),
  pipeline_rollout: z
    .string()
    .refine(isDeployStrategy)
    .default("Canary10Percent5Minutes")
    .describe(
      "how production's traffic moves to a new version, as CodePipeline's Lambda deploy action takes it: Canary10Percent5Minutes, Linear10PercentEvery1Minute (with other numbers, and two days at most in all), or AllAtOnce",
    ),
  pipeline_self_update: z
    .enum(["last", "after-unit-test"])
    .default("last")
    .describe(
      "last or after-unit-test: whether the pipeline updates itself after production was deployed, or before anything is",
    ),
  pipeline_image: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/)
    .refine((image) => image !== "aws/codebuild/amazonlinux2-x86_64-standard:3.0")
    .default("aws/codebuild/amazonlinux-x86_64-standard:5.0")
    .describe(
      "a CodeBuild image with Node.js 20 or later; not aws/codebuild/amazonlinux2-x86_64-standard:3.0, whose glibc 2.26 cannot run Node.js 18 and later, which every step needs",
    ),
  pipeline_github_oidc: z
    .enum(["create", "existing"])
    .default("create")
    .describe(
      "create or existing: an account has one identity provider for GitHub Actions; existing where it is there already",
    ),
  pipeline_alarm_email: z
    .email()
    .optional()
    .describe(
      "an e-mail address that is told of failures (it must confirm the subscription); left out: nobody by e-mail",
    ),
  service_requests_per_second: z
    .string()
    // An account has 10,000 in a region, for all of its APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    .regex(/^([1-9]\d{0,3}|10000)$/)
    .default("100")
    .describe(
      "1 to 10000: the requests a second that each environment's API takes, and twice as many at once, but 5000 at most; what is beyond gets 429",
    ),
  service_concurrency: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .optional()
    .describe(
      "1 to 9999: how many calls of each function run at the same time at most, kept free for it; left out: as many as the account has left (a new account has 10, of which none can be reserved)",
    ),
  service_cors_origins: z
    .string()
    .regex(/^(\*|https?:\/\/[a-z0-9.-]+(:\d{1,5})?(,https?:\/\/[a-z0-9.-]+(:\d{1,5})?)*)$/)
    .optional()
    .describe(
      "origins such as https://www.example.com, with commas between, or *: whose pages may call the API in a browser; left out: none but its own",
    ),
  service_existing_bucket_dev: bucketName(63)
    .optional()
    .describe(
      "an S3 bucket that is there already and sends its events to EventBridge: dev keeps its documents in it and changes none of its settings; left out: dev gets a bucket of its own",
    ),
  service_existing_bucket_prod: bucketName(63)
    .optional()
    .describe(
      "the same for production: another bucket than dev's, and none that a setting above names; left out: production gets a bucket of its own",
    ),
  codebuild_role_arn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/)
    .optional()
    .describe(
      "the ARN of an IAM role that all build steps use; left out: each step gets a role of its own with only the permissions it needs",
    ),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** All settings that were refused, in one message. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `${problems.length === 1 ? "A setting is" : `${problems.length} settings are`} wrong; nothing was created.\n` +
        problems.map((problem) => `  - ${problem}`).join("\n") +
        "\nSet them in the environment or in .env (see .env.example); a build takes them from SSM.",
    );
    this.name = "SettingsError";
  }
}

/**
 * Reads the settings from the environment. An empty value counts as left out, as in `.env` files.
 * `pipeline_state_bucket_name` defaults to `<pipeline_bucket_name>-state`.
 *
 * @throws {SettingsError} naming every wrong setting, its value and what it takes.
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(settingNames.map((name) => [name, env[name] || undefined]));
  given.pipeline_state_bucket_name ??= given.pipeline_bucket_name && `${given.pipeline_bucket_name}-state`;
  const result = settingsSchema
    .superRefine(refuseSharedBuckets)
    .superRefine(refuseOtherName)
    .safeParse(given);
  if (result.success) return result.data;
  const wrong = new Set(result.error.issues.map((issue) => issue.path[0] as SettingName));
  throw new SettingsError(
    [...wrong].map((name) => {
      const takes = settingsSchema.shape[name].description;
      return given[name] === undefined
        ? `${name} is missing. It takes ${takes}.`
        : `${name} is ${shown(given[name])}. It takes ${takes}.`;
    }),
  );
}

/**
 * The underscore keeps the names and the permissions of branches apart from all others: a name has one exactly where
 * the settings are a branch's.
 */
function refuseOtherName(settings: z.infer<typeof settingsSchema>, context: z.RefinementCtx): void {
  const isNamedSo = settings.hw_stack_name.includes("_");
  if (isNamedSo === (settings.pipeline_environment !== "prod")) return;
  const path = [isNamedSo ? "hw_stack_name" : "pipeline_environment"];
  context.addIssue({ code: "custom", path });
}

/** Environments share no bucket, and documents lie beside no state and no artifact. */
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

/** A refused value as a message may repeat it: somebody pastes the token into the line below its own. */
function shown(value: string): string {
  return /(gh[a-z]|github_pat)_\w{8}/.test(value) ? "a GitHub token (not shown)" : JSON.stringify(value);
}

/** A setting's value as a variable: what is left out is empty, so that `.env` does not fill it in. */
export function asEnvironment(settings: Settings): Record<SettingName, string> {
  return Object.fromEntries(settingNames.map((name) => [name, settings[name] ?? ""])) as Record<
    SettingName,
    string
  >;
}

const repositoryIdentity = z.object({
  owner: z.string(),
  ownerId: z.string(),
  name: z.string(),
  id: z.string(),
});

/** The repository as GitHub spells it, with the ids that it keeps when it is renamed. */
export type RepositoryIdentity = Readonly<z.infer<typeof repositoryIdentity>>;

/** What an invocation of the app is about, beyond the settings. */
export interface Invocation {
  /** The commit that is built, for the service to report; `local` outside a build. */
  readonly commit: string;
  /** Where the state stack keeps its state: `local` only while bootstrap creates the bucket for it. */
  readonly stateBackend: "s3" | "local";
  /** The identity that bootstrap read from GitHub; undefined everywhere else. */
  readonly repository?: RepositoryIdentity;
  /**
   * The settings that a build gets from SSM: in a build those that it has got, elsewhere all, since bootstrap writes
   * them. A commit that brings a new setting must not make the builds ask for a parameter that is not there yet.
   */
  readonly storedSettings: readonly SettingName[];
  /**
   * In a build, the bootstrap level of the account: a commit must not make use of what only the next bootstrap creates.
   * Undefined elsewhere.
   */
  readonly bootstrapped?: number;
}

/** Reads what CodeBuild and bootstrap say of this invocation. */
export function readInvocation(env: NodeJS.ProcessEnv = process.env): Invocation {
  return {
    // CodeBuild sets it to the source's commit, also where the source came through CodePipeline.
    commit: env.CODEBUILD_RESOLVED_SOURCE_VERSION || "local",
    stateBackend: env.hw_state_backend === "local" ? "local" : "s3",
    ...(env.hw_github_repository && {
      repository: repositoryIdentity.parse(JSON.parse(env.hw_github_repository)),
    }),
    storedSettings: env.CODEBUILD_BUILD_ID ? settingNames.filter((name) => env[name]) : settingNames,
    // A pipeline from before there were levels does not ask for it.
    ...(env.CODEBUILD_BUILD_ID && { bootstrapped: Number(env.pipeline_bootstrap_level || 0) }),
  };
}

/** Adds what `.env` in the current folder says to the environment; what is already there wins. */
export function loadEnvFile(): void {
  loadDotenv({ quiet: true });
}

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html */
function isDeployStrategy(strategy: string): boolean {
  if (strategy === "AllAtOnce") return true;
  const canary = /^Canary([1-9]\d?)Percent([1-9]\d{0,3})Minutes$/.exec(strategy);
  const linear = /^Linear([1-9]\d?)PercentEvery([1-9]\d{0,3})Minutes?$/.exec(strategy);
  const [, percent = 0, minutes = 0] = (canary ?? linear ?? []).map(Number);
  const waits = canary ? 1 : Math.ceil(100 / percent) - 1;
  return percent > 0 && waits * minutes <= 2 * 24 * 60;
}

/** S3's rules for names of general purpose buckets, https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketName(maximum: number) {
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

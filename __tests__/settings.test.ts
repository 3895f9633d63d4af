import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import {
  asEnvironment,
  readSettings,
  settingNames,
  SettingsError,
  settingsSchema,
  type SettingName,
} from "../settings";
import { readInvocation } from "../invocation";
import { environment, tokenSettings as tokens } from "./support/settings";

interface Rule {
  readonly good: string[];
  readonly bad: string[];
  /** Other settings, without which the setting is refused. */
  readonly with?: Readonly<Record<string, string>>;
}

/** For every setting: values it takes, and values it refuses, each for a rule of its own. */
const rules: Record<SettingName, Rule> = {
  hw_stack_name: {
    good: ["hw", "Heavy-Water-2", "a".repeat(32)],
    bad: ["2hw", "-hw", "hw_1", "hw.1", "h w", "a".repeat(33), "aws-hw", "SSM"],
  },
  hw_stack_bucket_name: {
    good: ["abc", "heavy.water-2", "a".repeat(58)],
    bad: [
      "ab",
      "a".repeat(59),
      "Abc",
      "a_b",
      "-abc",
      "abc-",
      "a..b",
      "192.168.5.4",
      "xn--abc",
      "sthree-abc",
      "amzn-s3-demo-x",
      "abc-s3alias",
      "abc--ol-s3",
      "abc.mrap",
      "abc--x-s3",
      "abc--table-s3",
    ],
  },
  pipeline_bucket_name: { good: ["abc", "a".repeat(57)], bad: ["a".repeat(64), "UPPER", "ab"] },
  pipeline_state_bucket_name: { good: ["abc", "a".repeat(63)], bad: ["a".repeat(64), "under_score", "ab"] },
  pipeline_githubOwner: {
    good: ["acme", "a-b-c", "a1", "octo_corp", "a".repeat(39)],
    bad: ["-acme", "acme-", "a--b", "a".repeat(40), "a/b", "a b"],
  },
  pipeline_githubRepo: {
    good: ["heavy-water", "a.b_c", ".github", "a".repeat(100)],
    bad: [".", "..", "a/b", "repo.git", "a".repeat(101), "a b", "$(id)"],
  },
  pipeline_githubBranch: {
    good: ["main", "release/1.2", "feature/a_b-c"],
    bad: [
      "-main",
      "/main",
      "main/",
      "a..b",
      "a//b",
      "a/.b",
      "a.lock",
      "a.lock/b",
      "HEAD",
      "a.",
      "a b",
      "a~1",
      "$(id)",
      "a`id`",
      "a{b}",
      "a".repeat(101),
    ],
  },
  pipeline_source: { good: ["github", "connection"], bad: ["codeconnections", "GitHub", "webhook"] },
  pipeline_ignore_paths: {
    with: { pipeline_source: "connection" },
    good: [
      ...["docs/**", "docs/**,*.md", "**/*.md", "README.md,.github/CODEOWNERS", "notes/@a+b_c-1.?"],
      ...["a,b,c,d,e,f,g,h", "a".repeat(255), "..md", ".../a"],
    ],
    bad: [
      ...["**", "*", "**/*", "*.*", "docs/**,**", "a,b,c,d,e,f,g,h,i", "a".repeat(256)],
      ...["docs/**,", ",docs/**", "docs/**,,*.md", "docs/**, *.md", "/docs/**", "docs/", "docs//a"],
      ...["./docs/**", "docs/./a", "../docs", "docs/..", "*.{md,txt}", "[a-z].md", "\\*.md", "!docs/**"],
    ],
  },
  pipeline_branches: {
    good: ["develop=dev", "develop=dev,release/*=stage", "hotfix/a.b=stage"],
    bad: [
      "develop",
      "develop=prod",
      "*=dev",
      "develop=dev,",
      "a b=dev",
      "release/*/x=stage",
      "develop=dev release/*=stage",
    ],
  },
  // The others are only for the name of a branch's stacks.
  pipeline_environment: { good: ["prod"], bad: ["production", "Prod", "dev", "stage"] },
  pipeline_manual_approval: { good: ["true", "false", "always"], bad: ["yes", "True", "1"] },
  service_stored_gigabytes: {
    good: ["1", "100", "999999"],
    bad: ["0", "1000000", "-1", "1.5", "0100", "1e3"],
  },
  service_old_version_days: {
    good: ["off", "1", "30", "3650", "9999"],
    bad: ["0", "00", "030", "10000", "-1", "1.5", "Off", "none", "30 days"],
  },
  service_kept_versions: {
    good: ["1", "20", "99", "100"],
    bad: ["0", "101", "020", "-1", "2.5", "all", "200"],
  },
  pipeline_approval_timeout: {
    good: ["5", "60", "10080", "86400"],
    bad: ["4", "0", "86401", "100000", "5.5", "05", "-5", "1e3", "7 days"],
  },
  pipeline_deployment_window: {
    good: [
      "* * 9-16 ? * MON-FRI * Europe/Berlin",
      "* * 9-16 ? * MON-FRI Europe/Berlin",
      "* */15 0,23 L-3 1-12 ? 2026-2199 UTC",
      "* 0/20 * 15W jan,dec ? UTC+05:30",
      "* * * LW * ? America/Argentina/Buenos_Aires",
      "* * * ? * 6L UTC-03:00",
      "* * * ? * FRI#3 UTC",
    ],
    bad: [
      "Europe/Berlin",
      "* * 9-16 ? * MON-FRI",
      "* * 9-16 ? * Europe/Berlin",
      "* * 9-16 ? * MON-FRI * * Europe/Berlin",
      // AWS's own example has 0 there, and its table only *.
      "0 * 9-16 ? * MON-FRI * UTC",
      "* 60 * ? * * UTC",
      "* * 24 ? * * UTC",
      "* * * 32 * ? UTC",
      "* * * 0 * ? UTC",
      "* * * ? 13 * UTC",
      "* * * ? * 8 UTC",
      "* * * ? * MON#6 UTC",
      "* * * ? * * 2200 UTC",
      "* * * * * * UTC",
      "* * * ? * ? UTC",
      "* * * ? * * Europe/Atlantis",
      "* * * ? * * CST",
      "* * * ? * * UTC+25:00",
    ],
  },
  pipeline_rollout: {
    good: [
      "AllAtOnce",
      "Canary10Percent5Minutes",
      "Canary1Percent2880Minutes",
      "Linear10PercentEvery1Minute",
    ],
    bad: [
      "all-at-once",
      "Canary10Percent",
      "Canary0Percent5Minutes",
      "Canary100Percent5Minutes",
      "Canary10Percent0Minutes",
      "Canary10Percent2881Minutes",
      "Linear10Percent5Minutes",
      "Linear1PercentEvery30Minutes",
    ],
  },
  pipeline_self_update: { good: ["last", "after-unit-test"], bad: ["first", "Last", "true"] },
  pipeline_image: {
    good: [
      "aws/codebuild/amazonlinux-x86_64-standard:5.0",
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/image@sha256:0123",
    ],
    bad: ["aws/codebuild/amazonlinux2-x86_64-standard:3.0", "an image", "$(id)"],
  },
  pipeline_commit_status: { good: ["true", "false"], bad: ["yes", "True", "1"] },
  pipeline_alarm_email: { good: ["operator@example.com"], bad: ["operator", "a@b@c"] },
  pipeline_approval_email: { good: ["reviewer@example.com"], bad: ["reviewer", "a@b@c"] },
  pipeline_github_oidc: { good: ["create", "existing"], bad: ["no"] },
  pipeline_drift_schedule: {
    good: [
      ...["off", "rate(1 day)", "rate(2 days)", "rate(1 hour)", "rate(30 minutes)"],
      ...["cron(0 6 * * ? *)", "cron(0 6 ? * MON-FRI *)", "cron(0/15 8-18,20 ? JAN,6 2#1 2026-2030)"],
      ...["cron(0 0 L * ? *)", "cron(0 0 15W * ? *)", "cron(0 0 ? * 6L *)"],
    ],
    bad: [
      ...["on", "daily", "rate(1 days)", "rate(2 day)", "rate(0 days)", "rate(1 week)", "rate(1day)"],
      ...["cron(0 6 * * ?)", "cron(0 6 * * * *)", "cron(0 6 ? * ? *)", "cron(60 6 * * ? *)"],
      ...["cron(0 24 * * ? *)", "cron(0 6 32 * ? *)", "cron(0 6 * 13 ? *)", "cron(0 6 ? * 8 *)"],
      ...["cron(0 6 * * ? 1969)", "cron(0 6 * * ? *) ", "cron(0/0 6 * * ? *)", "cron(0,, 6 * * ? *)"],
      ...["cron(1-2-3 6 * * ? *)", "cron(0 6 ? * FRI#2 *)", "cron(0 ? * * ? *)", "cron(0 6 ?/2 * 1 *)"],
      ...["rate(01 days)", "0 6 * * ? *"],
    ],
  },
  service_auth: { good: ["iam", "none"], bad: ["IAM", "open", "sigv4"] },
  service_auth_issuer: {
    with: tokens,
    good: [
      "https://idp.example",
      "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_abc",
      "https://acme.eu.auth0.com/",
      "http://127.0.0.1:8080/issuer",
      "http://localhost",
    ],
    bad: [
      "http://idp.example",
      "http://127.0.0.1.example",
      "https://",
      "https://user@idp.example",
      "https://idp.example?x=1",
      "https://idp.example/#x",
      "idp.example",
    ],
  },
  service_auth_audience: {
    with: tokens,
    good: ["documents", "https://api.example/", "a".repeat(255)],
    bad: ["two words", "a,b", "a".repeat(256), "${a}"],
  },
  service_auth_dev_audience: {
    with: tokens,
    good: ["dev", "3abc"],
    bad: ["a b", "a,b", "a".repeat(256), "documents"],
  },
  service_requests_per_second: {
    good: ["1", "250", "10000"],
    bad: ["0", "010", "10001", "-1", "1.5", "many"],
  },
  service_concurrency: { good: ["1", "9999"], bad: ["0", "10000", "-1", "2.5", "all"] },
  service_cors_origins: {
    good: ["*", "https://www.example.com", "http://localhost:5173,https://example.com"],
    bad: [
      "example.com",
      "https://example.com/",
      "https://a.com, https://b.com",
      "https://*.example.com",
      "*,*",
    ],
  },
  service_existing_bucket_dev: {
    good: ["abc", "acme-documents"],
    bad: ["ab", "a".repeat(64), "Abc", "acme-heavy-water-dev", "acme-heavy-water-artifacts"],
  },
  service_existing_bucket_prod: {
    good: ["abc", "acme-documents"],
    bad: ["under_score", "acme-heavy-water-dev", "acme-heavy-water-prod", "acme-heavy-water-artifacts-state"],
  },
  codebuild_role_arn: {
    good: ["arn:aws:iam::123456789012:role/build", "arn:aws-cn:iam::123456789012:role/path/build"],
    bad: ["build", "arn:aws:iam::1234:role/build", "arn:aws:iam::123456789012:user/build"],
  },
};

function refusal(env: NodeJS.ProcessEnv): SettingsError {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("The settings were accepted.");
}

describe.each(settingNames)("%s", (name) => {
  it.each(rules[name].good)("takes %s", (value) => {
    const settings = readSettings({ ...environment, ...rules[name].with, [name]: value });
    expect(asEnvironment(settings)[name]).toBe(value);
    expect(readSettings(asEnvironment(settings))).toEqual(settings);
  });

  it.each(rules[name].bad)("refuses %s, and says its name, its value and what it takes", (value) => {
    const { message } = refusal({ ...environment, ...rules[name].with, [name]: value });
    expect(message).toContain(`${name} is ${JSON.stringify(value)}`);
    expect(message).toContain(settingsSchema.shape[name].description);
  });

  it("is explained in .env.example in the same words", () => {
    const example = readFileSync(join(__dirname, "../.env.example"), "utf8");
    const comments = example.replace(/^# ?/gm, "").replace(/\s+/g, " ");
    expect(comments).toContain(settingsSchema.shape[name].description);
    expect(example).toMatch(new RegExp(`^#?${name}=`, "m"));
  });
});

it("takes an underscore and another environment together, as a branch's settings have them", () => {
  const branch = { ...environment, hw_stack_name: "hw_develop", pipeline_environment: "dev" };
  expect(readSettings(branch)).toMatchObject({ hw_stack_name: "hw_develop", pipeline_environment: "dev" });
  for (const name of ["hw_", "hw_A", "hw_a-b", "_a"])
    expect(refusal({ ...branch, hw_stack_name: name }).message).toContain("hw_stack_name is");
});

it("gives the settings back as the environment they are read from", () => {
  const settings = readSettings(environment);
  expect(readSettings(asEnvironment(settings))).toEqual(settings);
  expect(asEnvironment(settings).pipeline_alarm_email).toBe("");
});

it("refuses a connection if its name would be too long", () => {
  const connection = { pipeline_source: "connection" };
  const named = (hw_stack_name: string) => ({ ...environment, ...connection, hw_stack_name });
  expect(readSettings(named("a".repeat(25)))).toMatchObject(connection);
  expect(refusal(named("a".repeat(26))).problems).toEqual([
    expect.stringContaining('pipeline_source is "connection". Expected: how the pipeline reads'),
  ]);
  const ofBranch = { ...named(`${"a".repeat(25)}_x`), pipeline_environment: "dev" };
  expect(readSettings(ofBranch)).toMatchObject(connection);
});

it("refuses ignored paths if a webhook starts the pipeline: its filters see no paths", () => {
  const ignored = { ...environment, pipeline_ignore_paths: "docs/**,*.md" };
  expect(refusal(ignored).problems).toEqual([
    expect.stringMatching(
      /^pipeline_ignore_paths is "docs\/\*\*,\*\.md"\. Expected: .*; refused without pipeline_source=connection/,
    ),
  ]);
  const settings = readSettings({ ...ignored, pipeline_source: "connection" });
  expect(settings.pipeline_ignore_paths).toEqual(["docs/**", "*.md"]);
});

it("requires an issuer and two audiences for tokens, and refuses them without tokens", () => {
  expect(readSettings({ ...environment, ...tokens })).toMatchObject(tokens);
  expect(refusal({ ...environment, service_auth: "jwt" }).problems).toEqual([
    expect.stringMatching(/^service_auth_issuer is missing\. Expected: issuer of the tokens/),
    expect.stringMatching(/^service_auth_audience is missing/),
    expect.stringMatching(/^service_auth_dev_audience is missing/),
  ]);
  for (const service_auth of ["iam", "none", ""])
    expect(refusal({ ...environment, ...tokens, service_auth }).problems).toHaveLength(3);
});

it("reads values of their types", () => {
  const given = {
    pipeline_manual_approval: "false",
    pipeline_branches: "develop=dev,release/*=stage",
    service_requests_per_second: "250",
    service_concurrency: "5",
    service_old_version_days: "30",
    service_cors_origins: "https://a.example.com,https://b.example.com",
  };
  expect(readSettings({ ...environment, ...given })).toMatchObject({
    pipeline_manual_approval: false,
    pipeline_branches: [
      { pattern: "develop", environment: "dev" },
      { pattern: "release/*", environment: "stage" },
    ],
    service_requests_per_second: 250,
    service_concurrency: 5,
    service_old_version_days: 30,
    service_cors_origins: ["https://a.example.com", "https://b.example.com"],
  });
});

it("keeps off apart from a missing number of days, which changes no bucket", () => {
  expect(readSettings({ ...environment, service_old_version_days: "off" }).service_old_version_days).toBe(
    "off",
  );
  expect(readSettings(environment).service_old_version_days).toBeUndefined();
});

it("reports all wrong settings together", () => {
  const { problems } = refusal({
    ...environment,
    hw_stack_name: "2",
    pipeline_githubRepo: undefined,
    pipeline_alarm_email: "x",
  });
  expect(problems).toHaveLength(3);
  expect(problems.join("\n")).toContain("pipeline_githubRepo is missing");
});

it("says which settings are missing, and where to set them, when there are none at all", () => {
  const { message } = refusal({});
  for (const name of [
    "hw_stack_name",
    "hw_stack_bucket_name",
    "pipeline_bucket_name",
    "pipeline_githubOwner",
    "pipeline_githubRepo",
  ]) {
    expect(message).toContain(`${name} is missing`);
  }
  expect(message).toContain(".env");
});

it("takes an empty value for one that is left out", () => {
  expect(readSettings({ ...environment, codebuild_role_arn: "", pipeline_githubBranch: "" })).toMatchObject({
    pipeline_githubBranch: "main",
  });
});

it("derives the state bucket's name from the artifact bucket's, unless it is set", () => {
  expect(readSettings(environment).pipeline_state_bucket_name).toBe(
    `${environment.pipeline_bucket_name}-state`,
  );
  expect(
    readSettings({ ...environment, pipeline_state_bucket_name: "other" }).pipeline_state_bucket_name,
  ).toBe("other");
});

it("has environments share no bucket", () => {
  const both = {
    service_existing_bucket_dev: "acme-documents",
    service_existing_bucket_prod: "acme-documents",
  };
  const { problems } = refusal({ ...environment, ...both });
  expect(problems).toEqual([
    expect.stringContaining('service_existing_bucket_prod is "acme-documents". Expected: '),
  ]);
});

it.each(["ghp_0123456789abcdefghij", "github_pat_11ABCDEFG0123456789_abc"])(
  "never repeats a token such as %s, also where it was put by mistake",
  (token) => {
    const { message } = refusal({ ...environment, githubAccessToken: token, codebuild_role_arn: token });
    expect(message).not.toContain(token);
    expect(message).toContain("codebuild_role_arn is a GitHub token (not shown). Expected: ");
  },
);

it("accepts .env.example with its examples filled in", () => {
  const example = parse(readFileSync(join(__dirname, "../.env.example")));
  expect(readSettings(example)).toMatchObject({
    pipeline_githubBranch: "main",
    pipeline_manual_approval: true,
  });
});

describe("an invocation", () => {
  it("is about the commit that CodeBuild names, or about none", () => {
    expect(readInvocation({ CODEBUILD_RESOLVED_SOURCE_VERSION: "abc" }).commit).toBe("abc");
    expect(readInvocation({}).commit).toBe("local");
  });

  it("keeps state in S3 unless bootstrap says otherwise", () => {
    expect(readInvocation({}).stateBackend).toBe("s3");
    expect(readInvocation({ hw_state_backend: "local" }).stateBackend).toBe("local");
  });

  it("counts as stored in SSM what a build got from there, and elsewhere all that bootstrap writes", () => {
    expect(readInvocation({ ...environment, CODEBUILD_BUILD_ID: "hw-UnitTest:1" }).storedSettings).toEqual(
      settingNames.filter((name) => name in environment),
    );
    expect(readInvocation(environment).storedSettings).toEqual(settingNames);
  });

  it("has the account's bootstrap level in a build, and none elsewhere", () => {
    const build = { CODEBUILD_BUILD_ID: "hw-UnitTest:1" };
    expect(readInvocation({ ...build, pipeline_bootstrap_level: "2" }).bootstrapped).toBe(2);
    // A pipeline from before there were levels.
    expect(readInvocation(build).bootstrapped).toBe(0);
    expect(readInvocation({ pipeline_bootstrap_level: "2" }).bootstrapped).toBeUndefined();
  });
});

import { readSettings, SettingsError, type SettingName } from "../settings";
import { environment } from "./support/settings";

function problems(changes: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings({ ...environment, ...changes });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** For settings that take a pattern: values at the edge of what they take, on either side. */
const edges: Partial<Record<SettingName, { takes: string[]; refuses: string[] }>> = {
  hw_stack_name: {
    takes: ["h", "H", "z9", "hw-", "Z-9-a", "my-aws", "hwssm", "aw", "sm"],
    refuses: ["aws", "AWS", "Ssm-hw", "ssm", "9", "hw_dev", "héw", "hw/1", `h${"w".repeat(32)}`],
  },
  hw_stack_bucket_name: {
    takes: ["a.b", "1.2.3", "192.168.5.4a", "a192.168.5.4", "192.168.5.4.5", "a-xn--b", "a-sthree-b", "0-9"],
    refuses: ["1.2.3.4", "192.168.50.42", "a..b", "a.", ".ab", "a-.B", "ab*", "a".repeat(59)],
  },
  service_existing_bucket_dev: {
    takes: [
      "my-amzn-s3-demo-x",
      "a-s3alias-b",
      "a--ol-s3-b",
      "a.mrap.b",
      "amrap",
      "a--x-s3-b",
      "a--table-s3-b",
      "a.b",
    ],
    refuses: [
      "xn--a",
      "sthree-a",
      "amzn-s3-demo-a",
      "a-s3alias",
      "a--ol-s3",
      "a.mrap",
      "a--x-s3",
      "a--table-s3",
    ],
  },
  pipeline_githubOwner: {
    takes: ["a", "Z", "9", "a_", "a_-b", "A-9", `a${"-b".repeat(19)}`],
    refuses: ["_a", "a-", "a-_b", "a--b", "é", "a.b", `a${"-b".repeat(19)}c`],
  },
  pipeline_githubRepo: {
    takes: ["...", "..a", ".a", "a.", "-", "_", "git", "a.git.b", ".git-a", "Z9", "a".repeat(100)],
    refuses: [".", "..", ".git", "a.git", "a:b", "é", "a".repeat(101)],
  },
  pipeline_githubBranch: {
    takes: [
      "_",
      "9",
      "Z",
      "HEADS",
      "my/HEAD",
      "a.lockb",
      "a.locked/b",
      "lock",
      "a./b",
      "a-",
      "a".repeat(100),
    ],
    refuses: [
      "HEAD",
      ".a",
      "a.lock",
      "a.lock/b",
      "x/a.lock",
      "a..b",
      "a/.b",
      "a//b",
      "a/",
      "a.",
      "é",
      "a".repeat(101),
    ],
  },
  pipeline_branches: {
    takes: [
      "a=dev",
      "_*=stage",
      "Z9._/-=dev",
      "a=dev,b=stage,c*=dev",
      "a*=dev,9=stage",
      "a=dev,Z9._/-*=stage",
    ],
    refuses: [
      ...["-a=dev", "a=dev,-b=stage", "a**=dev", "a=dev,b**=dev", "a=dev,b=prod", "a=prod,b=dev", ",a=dev"],
      ...[
        "a=devs",
        "a=dev,,b=dev",
        "=dev",
        "a=dev,=dev",
        "a=",
        "a=dev;b=dev",
        "a=dev,b",
        "é=dev",
        "a=dev,é=dev",
      ],
    ],
  },
  pipeline_rollout: {
    takes: [
      ...["AllAtOnce", "Canary99Percent1Minutes", "Canary1Percent1Minutes", "Canary10Percent2880Minutes"],
      ...[
        "Linear50PercentEvery2880Minutes",
        "Linear34PercentEvery1440Minutes",
        "Linear99PercentEvery1Minute",
      ],
      ...["Linear1PercentEvery29Minutes", "Linear20PercentEvery5Minutes", "Linear33PercentEvery960Minutes"],
    ],
    refuses: [
      ...["Canary10Percent1Minute", "Canary5Percent", "Canary100Percent1Minutes", "Canary01Percent5Minutes"],
      ...["Canary10Percent05Minutes", "Canary10Percent28800Minutes", "Linear0PercentEvery1Minutes"],
      ...["Linear100PercentEvery1Minutes", "Linear50PercentEvery0Minutes", "Linear50PercentEvery2881Minutes"],
      ...["Linear33PercentEvery1440Minutes", "Linear1PercentEvery30Minutes", "Linear10PercentEvery1Minutess"],
      ...["Linear10PercentEvery10000Minutes", "allAtOnce", "CanaryPercent5Minutes"],
    ],
  },
  pipeline_image: {
    takes: ["a", "9", "Z._/:@-9", "aws/codebuild/amazonlinux2-x86_64-standard:4.0"],
    refuses: ["-a", "/a", "é", "a\\b"],
  },
  service_requests_per_second: {
    takes: ["1", "9", "10", "9999", "10000"],
    refuses: ["00", "01", "10001", "20000", "100000", "1000a"],
  },
  service_concurrency: { takes: ["1", "9", "10", "9999"], refuses: ["00", "01", "10000", "a"] },
  service_old_version_days: {
    takes: ["off", "1", "9", "10", "9999"],
    refuses: ["0", "01", "10000", "offs", "a", "1a"],
  },
  service_cors_origins: {
    takes: [
      "*",
      "http://a",
      "https://a",
      "https://a-9.b:1",
      "http://a:65535,https://b",
      "https://a,https://b:80,http://c",
    ],
    refuses: [
      ...[
        "**",
        "ftp://a",
        "https://a:",
        "https://a:123456",
        "https://",
        "https://A.b",
        "https://a,",
        ",https://a",
      ],
      ...[
        "https://a,*",
        "*,https://a",
        "https://a,b",
        "https://a,https://b:",
        "https://a,https://B",
        "https:/a",
      ],
      ...[
        "https://a,ftp://b",
        "https://a:x",
        "https://a,https://",
        "https://a,https://b:123456",
        "httpss://a",
      ],
    ],
  },
  codebuild_role_arn: {
    takes: [
      "arn:aws-us-gov:iam::123456789012:role/a/B9+=,.@_-c",
      `arn:aws:iam::123456789012:role/${"a".repeat(512)}`,
    ],
    refuses: [
      `arn:aws:iam::123456789012:role/${"a".repeat(513)}`,
      ...[
        "arn:aws1:iam::123456789012:role/a",
        "arn:aws:iam::1234567890123:role/a",
        "arn:aws:iam::12345678901:role/a",
      ],
      ...[
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam:eu:123456789012:role/a",
        "arn:aws:iam::12345678901a:role/a",
      ],
      ...["arn:aws:iam::123456789012:role/a*", "arn:gcp:iam::123456789012:role/a"],
    ],
  },
};

describe.each(Object.entries(edges))("%s", (name, { takes, refuses }) => {
  it.each(takes)("takes %j", (value) => {
    expect(problems({ [name]: value })).toEqual([]);
  });

  it.each(refuses)("refuses %j", (value) => {
    expect(problems({ [name]: value })).toEqual([
      expect.stringContaining(`${name} is ${JSON.stringify(value)}. `),
    ]);
  });

  // Where a value becomes part of a name, a command or a policy, one more character is another value.
  it.each([" ", "\n", "\0", '"', "$", "`", ";", "#", "\u202e"])(
    "takes no value with %j in front of it, behind it or in it",
    (character) => {
      for (const value of takes) {
        expect([value, problems({ [name]: character + value })]).toEqual([value, [expect.any(String)]]);
        expect([value, problems({ [name]: value + character })]).toEqual([value, [expect.any(String)]]);
        const inside = value.slice(0, 1) + character + value.slice(1);
        expect([value, problems({ [name]: inside })]).toEqual([value, [expect.any(String)]]);
      }
    },
  );
});

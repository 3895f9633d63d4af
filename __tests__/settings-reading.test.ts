import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnvFile, readSettings, secretName, settingNames, SettingsError } from "../settings";
import { readInvocation } from "../invocation";
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

describe("a branch's settings", () => {
  const branch = { hw_stack_name: "hw_a", pipeline_environment: "dev" };

  it.each(["hw_a", "hw_9", "hw__", "Hw-1_a_b", "h_a"])("take the name %s", (hw_stack_name) => {
    expect(problems({ ...branch, hw_stack_name })).toEqual([]);
    expect(problems({ ...branch, hw_stack_name, pipeline_environment: "stage" })).toEqual([]);
  });

  it("are named with an underscore, and no others: what is wrong is said of the one that is to be changed", () => {
    expect(problems({ ...branch, hw_stack_name: "hw" })).toEqual([
      expect.stringMatching(/^pipeline_environment is "dev"/),
    ]);
    expect(problems({ ...branch, pipeline_environment: "prod" })).toEqual([
      expect.stringMatching(/^hw_stack_name is "hw_a"/),
    ]);
    expect(problems({ hw_stack_name: "hw_a" })).toEqual([expect.stringMatching(/^hw_stack_name is "hw_a"/)]);
  });
});

describe("an existing bucket", () => {
  const all = {
    pipeline_bucket_name: "artifacts",
    pipeline_state_bucket_name: "state",
    hw_stack_bucket_name: "documents",
  };

  it.each(["service_existing_bucket_dev", "service_existing_bucket_prod"])(
    "is none that another setting names: %s",
    (name) => {
      for (const bucket of ["artifacts", "state", "documents-dev", "documents-prod"])
        expect(problems({ ...all, [name]: bucket })).toEqual([
          expect.stringMatching(`^${name} is "${bucket}". Expected: `),
        ]);
      for (const bucket of ["documents", "documents-stage", "artifacts-state"])
        expect(problems({ ...all, [name]: bucket })).toEqual([]);
    },
  );

  it("is another one in each environment", () => {
    const both = { ...all, service_existing_bucket_dev: "old", service_existing_bucket_prod: "old" };
    expect(problems(both)).toEqual([expect.stringMatching(/^service_existing_bucket_prod is "old"/)]);
    expect(problems({ ...both, service_existing_bucket_dev: "other" })).toEqual([]);
  });
});

describe("the message about wrong settings", () => {
  const message = (changes: NodeJS.ProcessEnv) => new SettingsError(problems(changes)).message;

  it("says how many there are, a line for each, and where to set them", () => {
    expect(message({ pipeline_self_update: "no" })).toMatch(
      /^A setting is invalid; nothing was created\.\n {2}- pipeline_self_update is "no"\. Expected: .*\.\nSet them in the environment or in \.env .*SSM\.$/,
    );
    expect(message({ pipeline_self_update: "no", pipeline_githubOwner: undefined })).toMatch(
      /^2 settings are invalid; .*\n {2}- pipeline_githubOwner is missing\. Expected: .*\.\n {2}- pipeline_self_update is /,
    );
    expect(new SettingsError([]).name).toBe("SettingsError");
  });

  it("says in words what each setting takes", () => {
    const all = problems(Object.fromEntries(settingNames.map((name) => [name, "\0"])));
    expect(all).toEqual(
      settingNames.map(
        (name) => expect.stringMatching(`^${name} is "\\\\u0000"\\. Expected: \\w+(\\W+\\w+){3}`) as string,
      ),
    );
  });

  it.each([
    ["ghp_12345678", false],
    ["gho_abcdefgh", false],
    ["github_pat_12345678", false],
    [" ghs_12345678 ", false],
    ["ghp_1234567", true],
    ["gh1_12345678", true],
    ["github_12345678", true],
    ["ghp-12345678", true],
  ])("repeats %j: %s", (value, isRepeated) => {
    expect(message({ codebuild_role_arn: value }).includes(value)).toBe(isRepeated);
    expect(message({ codebuild_role_arn: value }).includes("a GitHub token (not shown)")).toBe(!isRepeated);
  });
});

describe("a missing setting", () => {
  it("has the default that is written beside it, or none", () => {
    expect(readSettings(environment)).toEqual({
      ...environment,
      pipeline_state_bucket_name: "acme-heavy-water-artifacts-state",
      pipeline_githubBranch: "main",
      pipeline_environment: "prod",
      pipeline_source: "github",
      pipeline_ignore_paths: [],
      pipeline_branches: [],
      pipeline_manual_approval: true,
      pipeline_approval_timeout: 10080,
      pipeline_drift_schedule: "rate(1 day)",
      service_stored_gigabytes: 100,
      pipeline_commit_status: true,
      service_old_version_days: undefined,
      service_kept_versions: 20,
      pipeline_rollout: "Canary10Percent5Minutes",
      pipeline_self_update: "last",
      pipeline_image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
      pipeline_github_oidc: "create",
      service_requests_per_second: 100,
      service_concurrency: undefined,
      service_cors_origins: [],
    });
  });

  it("turns commit statuses off with a connection, for which no role needs a token", () => {
    const status = (settings: object) =>
      readSettings({ ...environment, pipeline_source: "connection", ...settings }).pipeline_commit_status;
    expect(status({})).toBe(false);
    expect(status({ pipeline_commit_status: "true" })).toBe(true);
  });

  it("is no bucket for the state where there is none for the artifacts", () => {
    expect(problems({ pipeline_bucket_name: "" }).map((problem) => problem.split(" is ")[0])).toEqual([
      "pipeline_bucket_name",
      "pipeline_state_bucket_name",
    ]);
  });

  it("is read from the process's own environment where no other is given", () => {
    const before = process.env;
    process.env = { ...environment, pipeline_githubRepo: "own" };
    try {
      expect(readSettings().pipeline_githubRepo).toBe("own");
    } finally {
      process.env = before;
    }
  });
});

describe("an invocation", () => {
  it("knows the repository that bootstrap has read from GitHub, all of it or not at all", () => {
    const repository = { owner: "acme", ownerId: "1", name: "heavy-water", id: "2" };
    const read = (value: unknown) => readInvocation({ hw_github_repository: JSON.stringify(value) });
    expect(read(repository).repository).toEqual(repository);
    expect(readInvocation({})).not.toHaveProperty("repository");
    for (const key of Object.keys(repository))
      expect(() => read({ ...repository, [key]: undefined })).toThrow(key);
  });

  it("is about no level outside of a build, and about level 0 in one that does not know its level", () => {
    expect(readInvocation({})).not.toHaveProperty("bootstrapped");
    expect(readInvocation({ CODEBUILD_BUILD_ID: "a", pipeline_bootstrap_level: "" }).bootstrapped).toBe(0);
    expect(readInvocation({ hw_state_backend: "other" }).stateBackend).toBe("s3");
    expect(readInvocation({ CODEBUILD_BUILD_ID: "a", hw_stack_name: "" }).storedSettings).toEqual([]);
    expect(readInvocation({ CODEBUILD_BUILD_ID: "" }).storedSettings).toBe(settingNames);
  });
});

it("reads the secret that the documents name", () => {
  expect(secretName).toBe("PIPELINE_GITHUB");
});

it("adds .env of the folder to the environment, prints nothing, and leaves what is set", () => {
  const [folder, before] = [mkdtempSync(join(tmpdir(), "settings-")), process.cwd()];
  const prints = (["log", "error"] as const).map((stream) =>
    jest.spyOn(console, stream).mockImplementation(),
  );
  const names = ["hw_test_set", "hw_test_new"];
  try {
    writeFileSync(join(folder, ".env"), "hw_test_set=file\nhw_test_new=file\n");
    process.env.hw_test_set = "own";
    process.chdir(folder);
    loadEnvFile();
    expect(names.map((name) => process.env[name])).toEqual(["own", "file"]);
    for (const print of prints) expect(print).not.toHaveBeenCalled();
  } finally {
    process.chdir(before);
    jest.restoreAllMocks();
    for (const name of names) delete process.env[name];
    rmSync(folder, { recursive: true });
  }
});

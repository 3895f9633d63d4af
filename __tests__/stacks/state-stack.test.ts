import { Testing } from "cdktf";
import { settingNames, settingsSchema, type RepositoryIdentity } from "../../settings";
import { bootstrapLevel } from "../../stacks/bootstrap-level";
import { isPrivateBucket } from "../support/private-bucket";
import { list, resourcesOf, statements, stateStack, synthesized } from "../support/synth";
import { settingsWith } from "../support/settings";

const stack = synthesized(stateStack());

it("is valid Terraform", () => {
  expect(Testing.fullSynth(stateStack())).toBeValidTerraform();
}, 120_000);

it("keeps its own state in the bucket it makes, encrypted and locked by a file", () => {
  const [bucket] = resourcesOf(stack, "aws_s3_bucket");
  expect(stack.terraform.backend.s3).toEqual({
    bucket: bucket?.bucket,
    key: "hw/state.tfstate",
    encrypt: true,
    use_lockfile: true,
  });
});

it("keeps its state in a local file while bootstrap creates the bucket", () => {
  expect(synthesized(stateStack({}, "local")).terraform.backend).toHaveProperty("local");
});

describe("the state bucket", () => {
  isPrivateBucket(stack, "acme-heavy-water-artifacts-state");

  it("cannot be destroyed by a plan", () => {
    expect(resourcesOf(stack, "aws_s3_bucket")).toMatchObject([{ lifecycle: { prevent_destroy: true } }]);
  });

  it("lets old versions expire, and nothing else", () => {
    const [lifecycle] = resourcesOf(stack, "aws_s3_bucket_lifecycle_configuration");
    expect(lifecycle?.rule).toMatchObject([{ noncurrent_version_expiration: [{ noncurrent_days: 90 }] }]);
    expect(JSON.stringify(lifecycle?.rule)).not.toContain('"expiration"');
  });
});

it("has a parameter in the stack's folder for every setting that is set, and one for the bootstrap level", () => {
  const settings = settingsWith({ pipeline_alarm_email: "someone@example.com" });
  const parameters = resourcesOf(
    synthesized(stateStack({ pipeline_alarm_email: "someone@example.com" })),
    "aws_ssm_parameter",
  );
  const expected = settingNames.filter((name) => settings[name] !== undefined);
  const ofSettings = parameters.filter(({ name }) => name !== "/hw/github_repository");
  expect(Object.fromEntries(ofSettings.map(({ name, value }) => [name, value]))).toEqual(
    Object.fromEntries([
      ...expected.map((name) => [`/hw/${name}`, settings[name]] as const),
      ["/hw/pipeline_bootstrap_level", `${bootstrapLevel}`],
    ]),
  );
  expect(expected).not.toContain("codebuild_role_arn");
});

it("has the secret's container and no value for it", () => {
  expect(resourcesOf(stack, "aws_secretsmanager_secret")).toMatchObject([{ name: "PIPELINE_GITHUB" }]);
  expect(stack.resource).not.toHaveProperty("aws_secretsmanager_secret_version");
});

const policyNamed = (name: string) =>
  statements(resourcesOf(stack, "aws_iam_policy").find((policy) => policy.name === name)?.policy);

describe("the functions' boundary", () => {
  it("reaches the service's buckets, logs and queues, and X-Ray, and nothing else: no role, no state, no secret", () => {
    const allowed = policyNamed("hw-function-boundary");
    expect(allowed.map(({ Effect }) => Effect)).toEqual(Array(5).fill("Allow"));
    const actions = allowed.flatMap(({ Action }) => list(Action));
    expect(actions.filter((action) => /^(iam|secretsmanager|kms|sts):|\*/.test(action))).toEqual([]);
    const targets = allowed.flatMap(({ Resource }) =>
      list(Resource).map((arn) => arn.split(":").slice(5).join(":")),
    );
    expect(targets).toEqual([
      "acme-heavy-water-dev",
      "acme-heavy-water-prod",
      "acme-heavy-water-dev/*",
      "acme-heavy-water-prod/*",
      "log-group:/aws/lambda/hw-*-*:*",
      "hw-*-failed-events",
      // X-Ray knows no resource.
      "",
    ]);
  });
});

describe("the boundary", () => {
  const boundary = policyNamed("hw-boundary");

  const denied = (action: string) =>
    boundary.some(
      ({ Effect, Action }) => Effect === "Deny" && list(Action).some((pattern) => matches(pattern, action)),
    );

  it.each([
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:AddUserToGroup",
    "iam:DeleteRolePermissionsBoundary",
    "iam:CreatePolicyVersion",
    "iam:UpdateOpenIDConnectProviderThumbprint",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
  ])("denies %s", (action) => expect(denied(action)).toBe(true));

  it("denies making or changing a role without it", () => {
    const [guard] = boundary.filter(
      ({ Effect, Action }) => Effect === "Deny" && list(Action).includes("iam:CreateRole"),
    );
    expect(guard).toMatchObject({
      Resource: "*",
      Condition: {
        StringNotEquals: {
          "iam:PermissionsBoundary": [
            expect.stringMatching(/:policy\/hw-boundary$/) as string,
            expect.stringMatching(/:policy\/hw-function-boundary$/) as string,
          ],
        },
      },
    });
    expect(guard?.Action).toEqual(expect.arrayContaining(["iam:PutRolePolicy", "iam:AttachRolePolicy"]));
  });

  it("never lets a role write or delete the secret", () => {
    const allowed = boundary.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => list(Action));
    expect(allowed.filter((action) => action.startsWith("secretsmanager:"))).toEqual([
      "secretsmanager:GetSecretValue",
      "secretsmanager:DescribeSecret",
    ]);
  });

  it("is within the 6,144 characters that IAM takes", () => {
    // The account's number and the partition come in when Terraform runs: 12 and 3 characters, shorter than the tokens.
    expect(JSON.stringify(boundary).length).toBeLessThan(6144);
  });
});

describe("the role for pull requests", () => {
  const role = resourcesOf(stack, "aws_iam_role").find(({ name }) => name === "hw-diff");

  const identity = (key: string) =>
    expect.stringMatching(
      new RegExp(`nonsensitive\\(jsondecode\\(aws_ssm_parameter\\.\\w+\\.value\\)\\.${key}\\)`),
    ) as string;

  it("is assumed for pull requests of the one repository only, in both forms of their subject", () => {
    const [statement, ...others] = statements(role?.assume_role_policy);
    expect(others).toEqual([]);
    expect(statement).toMatchObject({
      Effect: "Allow",
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": [identity("ownerId"), identity("owner")],
          "token.actions.githubusercontent.com:repository_id": identity("id"),
        },
      },
    });
    // Nothing else: a pattern of ids would cross slashes and match other repositories.
    expect(Object.keys(statement?.Condition ?? {})).toEqual(["StringEquals"]);
  });

  it("keeps what bootstrap has read from GitHub when it is planned without", () => {
    const repository = { owner: "Acme", ownerId: "7", name: "Heavy-Water", id: "8" };
    const parameterOf = (given?: RepositoryIdentity) =>
      resourcesOf(synthesized(stateStack({}, "s3", given)), "aws_ssm_parameter").find(
        ({ name }) => name === "/hw/github_repository",
      );
    expect(JSON.parse(String(parameterOf(repository)?.value))).toEqual(repository);
    expect(parameterOf()).toMatchObject({ lifecycle: { ignore_changes: ["value"] } });
    // Before bootstrap has asked, a plan says so in the place of the owner, which no owner can be named.
    const { owner } = JSON.parse(String(parameterOf()?.value)) as RepositoryIdentity;
    expect(owner).toBe("-run-npm-run-bootstrap");
    expect(settingsSchema.shape.pipeline_githubOwner.safeParse(owner).success).toBe(false);
  });

  it("reads and does nothing else", () => {
    const [policy] = resourcesOf(stack, "aws_iam_role_policy");
    const actions = statements(policy?.policy).flatMap(({ Action }) => list(Action));
    expect(
      actions.filter((action) => !/:(Get|List|Describe|BatchGet)|^apigateway:GET$/.test(action)),
    ).toEqual([]);
  });

  it("uses the account's provider where there is one already", () => {
    expect(resourcesOf(stack, "aws_iam_openid_connect_provider")).toHaveLength(1);
    const existing = synthesized(stateStack({ pipeline_github_oidc: "existing" }));
    expect(resourcesOf(existing, "aws_iam_openid_connect_provider")).toHaveLength(0);
  });
});

function matches(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(action);
}

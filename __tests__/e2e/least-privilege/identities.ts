import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ACCOUNT } from "../../../rehearsal/__tests__/ministack/fixture";
import { type Attempt, attempt, type Config, noRole, of, policy, role } from "./attempt";

const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const anything = document({ Effect: "Allow", Action: "*", Resource: "*" });
const anyone = document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } });
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const bound = (arn: string) => ({ "iam:PermissionsBoundary": arn });

const iam = (config: Config) => new IAMClient(config);

const users: readonly Attempt[] = [
  attempt("make a user", ["iam:CreateUser", `arn:aws:iam::${ACCOUNT}:user/me`], noRole, (to) =>
    iam(to).send(new CreateUserCommand({ UserName: "me" })),
  ),
  attempt("make a user's key", ["iam:CreateAccessKey", `arn:aws:iam::${ACCOUNT}:user/me`], noRole, (to) =>
    iam(to).send(new CreateAccessKeyCommand({ UserName: "me" })),
  ),
];

const PIPELINE = "hw-boundary";
const DEV = "hw-function-boundary-dev";
const PROD = "hw-function-boundary-prod";
/** The boundary of all functions before each environment had its own. */
const SHARED = "hw-function-boundary";

const boundaries: readonly Attempt[] = [PIPELINE, DEV, PROD, SHARED, "hw-approvers"].flatMap((name) => [
  attempt(`change ${name}`, ["iam:CreatePolicyVersion", policy(name)], noRole, (to) =>
    iam(to).send(
      new CreatePolicyVersionCommand({
        PolicyArn: policy(name),
        PolicyDocument: anything,
        SetAsDefault: true,
      }),
    ),
  ),
  attempt(`take another version of ${name}`, ["iam:SetDefaultPolicyVersion", policy(name)], noRole, (to) =>
    iam(to).send(new SetDefaultPolicyVersionCommand({ PolicyArn: policy(name), VersionId: "v1" })),
  ),
  attempt(`remove ${name}`, ["iam:DeletePolicy", policy(name)], noRole, (to) =>
    iam(to).send(new DeletePolicyCommand({ PolicyArn: policy(name) })),
  ),
]);

/** The boundary of a role in the context that IAM evaluates. */
const boundBy = (boundary: string | undefined) => (boundary === undefined ? {} : bound(policy(boundary)));

/** The roles of builds and functions, each with the step that deploys it. The operator deploys the last two. */
const owners: readonly (readonly [role: string, boundary: string | undefined, owner: readonly string[]])[] = [
  ["hw-pipeline", PIPELINE, ["pipeline-SelfUpdate"]],
  ["hw-pipeline-SelfUpdate", PIPELINE, ["pipeline-SelfUpdate"]],
  ["hw-pipeline-UnitTest", PIPELINE, ["pipeline-SelfUpdate"]],
  ["hw-prod-api", PROD, ["pipeline-DeployOnProd"]],
  ["hw-dev-api", DEV, ["pipeline-DeployOnDev"]],
  ["hw-diff", undefined, noRole],
  ["hw-changes", undefined, noRole],
];

/** The boundaries that a role must not get from another environment's step. */
const swapped: readonly Attempt[] = owners.flatMap(([RoleName, boundary, owner]) =>
  [PIPELINE, DEV, PROD, SHARED].map((other) =>
    attempt(
      `give ${RoleName} the boundary ${other}`,
      ["iam:PutRolePermissionsBoundary", role(RoleName), bound(policy(other))],
      // This is how older roles get the boundary of their environment. The pipeline's roles always had theirs.
      other === boundary && other !== PIPELINE ? owner : noRole,
      (to) =>
        iam(to).send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: policy(other) })),
    ),
  ),
);

/** Changes of a role that has another boundary than the roles of the step. */
const otherwiseBound: readonly Attempt[] = owners.flatMap(([RoleName, boundary]) =>
  ["DeleteRole", "PutRolePolicy", "UpdateAssumeRolePolicy", "UpdateRoleDescription"].flatMap((action) =>
    [DEV, PROD]
      .filter((other) => other !== boundary)
      .map((other) =>
        attempt(
          `${action} of ${RoleName} with ${other}`,
          [`iam:${action}`, role(RoleName), bound(policy(other))],
          noRole,
        ),
      ),
  ),
);

const changed: readonly Attempt[] = owners.flatMap(([RoleName, boundary, owner]) => [
  attempt(
    `free ${RoleName} of its boundary`,
    ["iam:DeleteRolePermissionsBoundary", role(RoleName), boundBy(boundary)],
    noRole,
    (to) => iam(to).send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
  ),
  attempt(
    `give ${RoleName} another boundary`,
    ["iam:PutRolePermissionsBoundary", role(RoleName), bound(administrator)],
    noRole,
    (to) =>
      iam(to).send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: administrator })),
  ),
  attempt(
    `attach a policy to ${RoleName}`,
    ["iam:AttachRolePolicy", role(RoleName), boundBy(boundary)],
    noRole,
    (to) => iam(to).send(new AttachRolePolicyCommand({ RoleName, PolicyArn: administrator })),
  ),
  attempt(
    `give ${RoleName} more permissions`,
    ["iam:PutRolePolicy", role(RoleName), boundBy(boundary)],
    owner,
    (to) =>
      iam(to).send(new PutRolePolicyCommand({ RoleName, PolicyName: "rights", PolicyDocument: anything })),
  ),
  attempt(
    `let anyone take ${RoleName}`,
    ["iam:UpdateAssumeRolePolicy", role(RoleName), boundBy(boundary)],
    owner,
    (to) => iam(to).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: anyone })),
  ),
  attempt(
    `remove ${RoleName}`,
    ["iam:DeleteRole", role(RoleName), boundBy(boundary)],
    // It would lose its permissions while it runs.
    RoleName === "hw-pipeline-SelfUpdate" ? noRole : owner,
    (to) => iam(to).send(new DeleteRoleCommand({ RoleName })),
  ),
  attempt(`take ${RoleName}`, ["sts:AssumeRole", role(RoleName)], noRole, (to) =>
    new STSClient(to).send(new AssumeRoleCommand({ RoleArn: role(RoleName), RoleSessionName: "me" })),
  ),
]);

/** New roles by name and boundary. */
const made: readonly Attempt[] = (
  [
    ["hw-pipeline-mine", undefined, noRole],
    ["hw-pipeline-mine", administrator, noRole],
    ["hw-pipeline-mine", policy(PROD), noRole],
    ["hw-pipeline-mine", policy(PIPELINE), ["pipeline-SelfUpdate"]],
    ["hw-prod-mine", undefined, noRole],
    ["hw-prod-mine", policy(PIPELINE), noRole],
    ["hw-prod-mine", policy(SHARED), noRole],
    ["hw-prod-mine", policy(DEV), noRole],
    ["hw-prod-mine", policy(PROD), ["pipeline-DeployOnProd"]],
    ["hw-dev-mine", undefined, noRole],
    ["hw-dev-mine", policy(PIPELINE), noRole],
    ["hw-dev-mine", policy(SHARED), noRole],
    ["hw-dev-mine", policy(PROD), noRole],
    ["hw-dev-mine", policy(DEV), ["pipeline-DeployOnDev"]],
    ["mine", policy(PIPELINE), noRole],
    ["mine", policy(DEV), noRole],
  ] as const
).map(([RoleName, PermissionsBoundary, allowed]) =>
  attempt(
    `make ${RoleName} with ${PermissionsBoundary?.split("/")[1] ?? "no boundary"}`,
    ["iam:CreateRole", role(RoleName), PermissionsBoundary ? bound(PermissionsBoundary) : undefined],
    allowed,
    (to) =>
      iam(to).send(
        new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: anyone, PermissionsBoundary }),
      ),
  ),
);

/** Passing a role to a service. `pipeline.ts` and `service.ts` attempt to create resources with it. */
const passed: readonly Attempt[] = (
  [
    ["hw-pipeline", "codepipeline", ["pipeline-SelfUpdate"]],
    ["hw-pipeline", "lambda", noRole],
    ["hw-pipeline-DeployOnProd", "codebuild", ["pipeline-SelfUpdate"]],
    ["hw-pipeline-DeployOnProd", "lambda", noRole],
    ["hw-pipeline-DeployOnProd", "ec2", noRole],
    ["hw-prod-api", "lambda", ["pipeline-DeployOnProd"]],
    ["hw-prod-api", "codebuild", noRole],
    ["hw-dev-api", "lambda", ["pipeline-DeployOnDev"]],
    ["hw-diff", "codebuild", noRole],
    ["hw-pipeline-commit-statuses", "lambda", ["pipeline-SelfUpdate"]],
    ["hw-diff", "lambda", noRole],
    ["hw-changes", "events", noRole],
    ["administrator", "codebuild", noRole],
  ] as const
).map(([name, service, allowed]) =>
  attempt(
    `hand ${name} to ${service}`,
    ["iam:PassRole", role(name), { "iam:PassedToService": `${service}.amazonaws.com` }],
    allowed,
  ),
);

export const identities: readonly Attempt[] = [
  ...users,
  ...boundaries,
  ...changed,
  ...swapped,
  ...otherwiseBound,
  ...made,
  ...passed,
];

const secret = of("secretsmanager", "secret:PIPELINE_GITHUB-abcdef");
const secrets = (config: Config) => new SecretsManagerClient(config);
const parameter = of("ssm", "parameter/hw/pipeline_githubBranch");

export const settings: readonly Attempt[] = [
  attempt(
    "read the GitHub token",
    ["secretsmanager:GetSecretValue", secret],
    ["pipeline-SelfUpdate", "pipeline-CheckDrift", "pipeline-commit-statuses", "diff"],
    (to) => secrets(to).send(new GetSecretValueCommand({ SecretId: "PIPELINE_GITHUB" })),
  ),
  attempt("replace the GitHub token", ["secretsmanager:PutSecretValue", secret], noRole, (to) =>
    secrets(to).send(new PutSecretValueCommand({ SecretId: "PIPELINE_GITHUB", SecretString: "{}" })),
  ),
  attempt("remove the secret", ["secretsmanager:DeleteSecret", secret], noRole, (to) =>
    secrets(to).send(new DeleteSecretCommand({ SecretId: "PIPELINE_GITHUB" })),
  ),
  attempt("change a setting", ["ssm:PutParameter", parameter], noRole, (to) =>
    new SSMClient(to).send(
      new PutParameterCommand({ Name: "/hw/pipeline_githubBranch", Value: "mine", Overwrite: true }),
    ),
  ),
  attempt("remove a setting", ["ssm:DeleteParameter", parameter], noRole, (to) =>
    new SSMClient(to).send(new DeleteParameterCommand({ Name: "/hw/pipeline_githubBranch" })),
  ),
];

import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { functionZip } from "../../../rehearsal/__tests__/ministack/fixture";
import {
  type Attempt,
  attempt,
  type Config,
  noRole,
  of,
  policy,
  read,
  remove,
  role,
  s3,
  write,
} from "./attempt";

/** The resources of another team in the same account. */
const NAME = "billing";
const Bucket = "billing-reports";
const Key = "reports/1";
const SecretId = "BILLING";

const iam = (config: Config) => new IAMClient(config);
const lambda = (config: Config) => new LambdaClient(config);
const secrets = (config: Config) => new SecretsManagerClient(config);
const kms = (config: Config) => new KMSClient(config);

const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const anything = document({ Effect: "Allow", Action: "*", Resource: "*" });
const forLambda = document({
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Principal: { Service: "lambda.amazonaws.com" },
});
const anyone = document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } });

/** Creates another team's resources. @returns the id of its key */
export async function createOtherTeam(root: Config): Promise<string> {
  await iam(root).send(new CreatePolicyCommand({ PolicyName: NAME, PolicyDocument: anything }));
  await iam(root).send(new CreateRoleCommand({ RoleName: NAME, AssumeRolePolicyDocument: forLambda }));
  await s3(root).send(new CreateBucketCommand({ Bucket }));
  await s3(root).send(new PutObjectCommand({ Bucket, Key, Body: "theirs" }));
  await secrets(root).send(new CreateSecretCommand({ Name: SecretId, SecretString: "theirs" }));
  const ZipFile = await functionZip("exports.handler = async () => 1");
  await lambda(root).send(
    new CreateFunctionCommand({
      FunctionName: NAME,
      Role: role(NAME),
      Code: { ZipFile },
      Runtime: "nodejs22.x",
      Handler: "index.handler",
    }),
  );
  const { KeyMetadata } = await kms(root).send(new CreateKeyCommand({}));
  await kms(root).send(
    new CreateAliasCommand({ AliasName: `alias/${NAME}`, TargetKeyId: KeyMetadata!.KeyId! }),
  );
  return KeyMetadata!.KeyId!;
}

const key = of("kms", "key/00000000-0000-0000-0000-000000000001");
const theirs = { "kms:ResourceAliases": `alias/${NAME}` };
const secret = of("secretsmanager", `secret:${SecretId}-abcdef`);

/** No step has access to another team's resources, whatever policy it gives itself. */
export const otherTeam: readonly Attempt[] = [
  attempt("let anyone take another team's role", ["iam:UpdateAssumeRolePolicy", role(NAME)], noRole, (to) =>
    iam(to).send(new UpdateAssumeRolePolicyCommand({ RoleName: NAME, PolicyDocument: anyone })),
  ),
  attempt("give another team's role more permissions", ["iam:PutRolePolicy", role(NAME)], noRole, (to) =>
    iam(to).send(new PutRolePolicyCommand({ RoleName: NAME, PolicyName: "mine", PolicyDocument: anything })),
  ),
  attempt("attach a policy to another team's role", ["iam:AttachRolePolicy", role(NAME)], noRole, (to) =>
    iam(to).send(new AttachRolePolicyCommand({ RoleName: NAME, PolicyArn: policy(NAME) })),
  ),
  attempt("remove another team's role", ["iam:DeleteRole", role(NAME)], noRole, (to) =>
    iam(to).send(new DeleteRoleCommand({ RoleName: NAME })),
  ),
  attempt(
    "hand another team's role to Lambda",
    ["iam:PassRole", role(NAME), { "iam:PassedToService": "lambda.amazonaws.com" }],
    noRole,
  ),
  attempt("change another team's policy", ["iam:CreatePolicyVersion", policy(NAME)], noRole, (to) =>
    iam(to).send(
      new CreatePolicyVersionCommand({
        PolicyArn: policy(NAME),
        PolicyDocument: anything,
        SetAsDefault: true,
      }),
    ),
  ),
  read("read another team's object", Bucket, Key, noRole),
  write("replace another team's object", Bucket, Key, noRole),
  remove("remove another team's object", Bucket, Key, noRole),
  attempt(
    "let anyone read another team's bucket",
    ["s3:PutBucketPolicy", `arn:aws:s3:::${Bucket}`],
    noRole,
    (to) =>
      s3(to).send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: document({
            Effect: "Allow",
            Principal: "*",
            Action: "s3:*",
            Resource: `arn:aws:s3:::${Bucket}/*`,
          }),
        }),
      ),
  ),
  attempt("remove another team's bucket", ["s3:DeleteBucket", `arn:aws:s3:::${Bucket}`], noRole, (to) =>
    s3(to).send(new DeleteBucketCommand({ Bucket })),
  ),
  attempt(
    "change who may use another team's key",
    ["kms:PutKeyPolicy", key, theirs],
    noRole,
    (to, { otherTeamsKey }) =>
      kms(to).send(new PutKeyPolicyCommand({ KeyId: otherTeamsKey, Policy: anything })),
  ),
  attempt("read with another team's key", ["kms:Decrypt", key, theirs], noRole),
  attempt(
    "change the code of another team's function",
    ["lambda:UpdateFunctionCode", of("lambda", `function:${NAME}`)],
    noRole,
    (to) =>
      lambda(to).send(new UpdateFunctionCodeCommand({ FunctionName: NAME, ZipFile: Buffer.from("PK") })),
  ),
  attempt(
    "call another team's function",
    ["lambda:InvokeFunction", of("lambda", `function:${NAME}`)],
    noRole,
    (to) => lambda(to).send(new InvokeCommand({ FunctionName: NAME })),
  ),
  attempt("read another team's secret", ["secretsmanager:GetSecretValue", secret], noRole, (to) =>
    secrets(to).send(new GetSecretValueCommand({ SecretId })),
  ),
  attempt("replace another team's secret", ["secretsmanager:PutSecretValue", secret], noRole, (to) =>
    secrets(to).send(new PutSecretValueCommand({ SecretId, SecretString: "mine" })),
  ),
];

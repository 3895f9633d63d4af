import type { Json } from "../../../../stacks/stack-json";
import { at, attack, secret, token, type Attack } from "./attack";

/** Attacks on a stack of the service. */
export const onService: readonly Attack[] = [
  attack(
    "the secret",
    ["data", "aws_secretsmanager_secret_version"],
    { x: { secret_id: "PIPELINE_GITHUB" } },
    'data has "aws_secretsmanager_secret_version"',
  ),
  attack(
    "the secret in a variable",
    at("aws_lambda_function", "environment", "variables", "TOKEN"),
    token,
    "TOKEN has the expression",
  ),
  attack(
    "the secret without a function",
    at("aws_lambda_function", "environment", "variables", "TOKEN"),
    `\${${secret}}`,
    "TOKEN has the expression",
  ),
  attack(
    "the webhook's secret in a service",
    at("aws_lambda_function", "environment", "variables", "TOKEN"),
    `\${sha256(join(":", [jsondecode(${secret}).webhookSecret, "hw-push"]))}`,
    "TOKEN has the expression",
  ),
  ...[
    "../../../../etc/passwd",
    "assets/../../x.zip",
    "/proc/self/environ",
    "assets",
    "assets/",
    "assets//x",
    "assets/./x",
    "assets/.terraform/x",
    "assets/x\n",
    "assets/${x}",
    "assets\\x",
  ].map((file) =>
    attack(
      `the file ${JSON.stringify(file)}`,
      at("aws_lambda_function", "filename"),
      file,
      "filename must be",
    ),
  ),
  attack(
    "the hash of another file",
    at("aws_lambda_function", "source_code_hash"),
    '${filebase64sha256("assets/x")}',
    "source_code_hash must be",
  ),
  attack(
    "the role of another function",
    at("aws_lambda_function", "role"),
    "arn:aws:iam::123456789012:role/hw-prod-api",
    "role must be",
  ),
  attack(
    "a role that is not the stack's",
    at("aws_lambda_function", "role"),
    "${data.aws_iam_role.x.arn}",
    "role must be",
  ),
  attack("the role by its name", at("aws_lambda_function", "role"), "${aws_iam_role.x.name}", "role must be"),
  attack(
    "the API of another environment",
    at("aws_apigatewayv2_api", "name"),
    "hw-dev",
    "name must be hw-prod",
  ),
  ...Object.entries<Json>({
    expiration: { days: 1 },
    noncurrent_version_expiration: { days: 1 },
    transition: [{ days: 1, storage_class: "GLACIER" }],
  }).map(([action, value]) =>
    attack(
      `documents that are lost by ${action}`,
      at("aws_s3_bucket", "lifecycle_rule"),
      [{ id: "old-versions", enabled: true, [action]: value }],
      "lifecycle_rule must be missing",
    ),
  ),
  attack(
    "documents that expire by a resource of its own",
    ["resource", "aws_s3_bucket_lifecycle_configuration"],
    {
      x: {
        bucket: "acme-heavy-water-prod",
        rule: [{ id: "x", status: "Enabled", expiration: [{ days: 1 }] }],
      },
    },
    'resource has "aws_s3_bucket_lifecycle_configuration"',
  ),
  attack("code from a bucket", at("aws_lambda_function", "s3_bucket"), "attacker", 'has "s3_bucket"'),
  attack(
    "a layer",
    at("aws_lambda_function", "layers"),
    ["arn:aws:lambda:eu-north-1:999999999999:layer:x:1"],
    'has "layers"',
  ),
  attack(
    "another account that invokes",
    at("aws_lambda_permission", "principal"),
    "999999999999",
    "principal must be",
  ),
  attack("everybody who invokes", at("aws_lambda_permission", "principal"), "*", "principal must be"),
  attack(
    "another action of a permission",
    at("aws_lambda_permission", "action"),
    "lambda:*",
    "action must be",
  ),
  attack(
    "the buckets of all accounts",
    at("aws_lambda_permission", "source_arn"),
    "arn:aws:s3:::attacker",
    "source_arn must be",
  ),
  attack(
    "a permission without a source",
    at("aws_lambda_permission", "source_arn"),
    "",
    "source_arn must be",
  ),
  attack(
    "a public function",
    ["resource", "aws_lambda_function_url"],
    { x: { authorization_type: "NONE" } },
    'resource has "aws_lambda_function_url"',
  ),
  attack(
    "a boundary of the pipeline",
    at("aws_iam_role", "permissions_boundary"),
    "arn:${data.aws_partition.p.partition}:iam::${data.aws_caller_identity.c.account_id}:policy/hw-boundary",
    "permissions_boundary must be",
  ),
];

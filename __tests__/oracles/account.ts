import type { Synthesized } from "../support/synth";

const region = "eu-central-1";
const account = "123456789012";

/** What Terraform puts in the place of a resource's attribute, by type and attribute. */
const attributes: Readonly<Record<string, (resource: Record<string, unknown>) => string>> = {
  "aws_s3_bucket.id": ({ bucket }) => String(bucket),
  "aws_s3_bucket.arn": ({ bucket }) => `arn:aws:s3:::${String(bucket)}`,
  "aws_lambda_function.function_name": ({ function_name }) => String(function_name),
  "aws_lambda_alias.name": ({ name }) => String(name),
  "aws_iam_role.name": ({ name }) => String(name),
  "aws_iam_role.arn": ({ name }) => `arn:aws:iam::${account}:role/${String(name)}`,
  "aws_sns_topic.arn": ({ name }) => `arn:aws:sns:${region}:${account}:${String(name)}`,
  "aws_kms_key.arn": () => `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`,
  "aws_codestarconnections_connection.arn": () =>
    `arn:aws:codestar-connections:${region}:${account}:connection/11111111-2222-3333-4444-555555555555`,
  "aws_cloudwatch_event_rule.name": ({ name }) => String(name),
  "aws_cloudwatch_log_group.name": ({ name }) => String(name),
};

/** What a stack says as JSON, with its references resolved as in an account, as far as they are known there. */
export function inAccount({ resource }: Synthesized, json: string): string {
  return (
    json
      .replace(/\$\{data\.aws_partition\.[^}]*\}/g, "aws")
      .replace(/\$\{data\.aws_region\.[^}]*\}/g, region)
      .replace(/\$\{data\.aws_caller_identity\.[^}]*\}/g, account)
      // The id of production's API.
      .replace(/\$\{local\.production-api-id\}/g, "a1b2c3d4e5")
      .replace(/\$\{local\.tested-api-id\}/g, "f1g2h3i4j5")
      .replace(/\$\{(aws_\w+)\.([\w-]+)\.(\w+)\}/g, (reference, type: string, id: string, name: string) => {
        const target = resource[type]?.[id];
        return (target && attributes[`${type}.${name}`]?.(target)) ?? reference;
      })
  );
}

/** The first reference that is left in a text. */
export function referenceIn(json: string): string | undefined {
  return /\$\{(?!aws:)[^}]*\}/.exec(json)?.[0];
}

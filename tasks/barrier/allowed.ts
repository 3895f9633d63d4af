/**
 * The allow list: what a stack can contain for a build to pass it to Terraform. While it plans, Terraform can run
 * programs, read files and call URLs: `external`, `http`, a provisioner, another provider or its endpoint. So this lists
 * what the stacks use, and anything else is refused. It is part of the pinned programs: adding to it is a change of the
 * pipeline, which a reviewer approves. See docs/decisions/0031-an-allow-list-for-stacks.md.
 */

/** What stacks of a kind can contain. */
export interface Allowed {
  /** The providers, by name: exactly these sources and versions. */
  readonly providers: Readonly<Record<string, { readonly source: string; readonly version: string }>>;
  /** The data sources, and the arguments that each can have. */
  readonly data: Arguments;
  /** The resource types, and the arguments that each can have. */
  readonly resources: Arguments;
  /** The services that are allowed to assume the stack's roles. */
  readonly trusted: readonly string[];
}

type Arguments = Readonly<Record<string, readonly string[]>>;

/** What every resource can have besides its own arguments; `//` is a comment, which Terraform ignores. */
export const metaArguments = ["//", "depends_on", "lifecycle"];
export const lifecycleArguments = ["ignore_changes", "prevent_destroy"];

/** The attributes of resources and data sources that an expression can read: names and addresses, no secrets. */
export const readableAttributes = [
  ...["account_id", "api_endpoint", "arn", "execution_arn", "function_name", "id", "input", "invoke_arn"],
  ...["key_id", "name", "partition", "url", "version"],
];

const account: Arguments = {
  aws_caller_identity: [],
  aws_partition: [],
  aws_region: [],
};

const logGroups: Arguments = { aws_cloudwatch_log_groups: ["log_group_name_prefix"] };

const bucket: Arguments = {
  aws_s3_bucket: ["bucket", "force_destroy"],
  aws_s3_bucket_ownership_controls: ["bucket", "rule"],
  aws_s3_bucket_policy: ["bucket", "policy"],
  aws_s3_bucket_public_access_block: [
    ...[
      "block_public_acls",
      "block_public_policy",
      "bucket",
      "ignore_public_acls",
      "restrict_public_buckets",
    ],
  ],
  aws_s3_bucket_server_side_encryption_configuration: ["bucket", "rule"],
  aws_s3_bucket_versioning: ["bucket", "versioning_configuration"],
};

const alarm = [
  ...["alarm_actions", "alarm_description", "alarm_name", "comparison_operator", "dimensions"],
  ...[
    "evaluation_periods",
    "metric_name",
    "namespace",
    "period",
    "statistic",
    "threshold",
    "treat_missing_data",
  ],
];

const aws = { source: "aws", version: "5.100.0" };

export const service: Allowed = {
  providers: { aws },
  data: { ...account, ...logGroups, aws_apigatewayv2_apis: ["name", "protocol_type"] },
  resources: {
    ...bucket,
    aws_s3_bucket: [...bucket.aws_s3_bucket!, "lifecycle_rule"],
    aws_apigatewayv2_api: ["cors_configuration", "name", "protocol_type"],
    aws_apigatewayv2_authorizer: [
      ...["api_id", "authorizer_type", "identity_sources", "jwt_configuration", "name"],
    ],
    aws_apigatewayv2_integration: [
      ...["api_id", "integration_type", "integration_uri", "payload_format_version"],
    ],
    aws_apigatewayv2_route: [
      ...["api_id", "authorization_scopes", "authorization_type", "authorizer_id", "route_key", "target"],
    ],
    aws_apigatewayv2_stage: [
      ...["access_log_settings", "api_id", "auto_deploy", "default_route_settings", "name"],
    ],
    aws_cloudwatch_event_rule: ["description", "event_pattern", "name"],
    aws_cloudwatch_event_target: ["arn", "rule", "target_id"],
    aws_cloudwatch_log_group: ["name", "retention_in_days", "skip_destroy"],
    aws_cloudwatch_metric_alarm: [...alarm, "extended_statistic", "ok_actions"],
    aws_iam_role: ["assume_role_policy", "name", "permissions_boundary"],
    aws_iam_role_policy: ["name", "policy", "role"],
    aws_lambda_alias: ["function_name", "function_version", "name"],
    aws_lambda_function: [
      ...["architectures", "dead_letter_config", "environment", "filename", "function_name"],
      ...["handler", "memory_size", "publish", "reserved_concurrent_executions", "role", "runtime"],
      ...["source_code_hash", "timeout", "tracing_config"],
    ],
    aws_lambda_permission: [
      ...["action", "function_name", "principal", "qualifier", "source_account", "source_arn"],
    ],
    aws_s3_bucket_notification: ["bucket", "lambda_function"],
    aws_sqs_queue: ["message_retention_seconds", "name", "sqs_managed_sse_enabled"],
    terraform_data: ["input", "triggers_replace"],
  },
  trusted: ["lambda.amazonaws.com"],
};

/** What a pipeline stack contains, whatever its source. */
const anyPipeline: Allowed = {
  providers: { aws },
  data: { ...account, ...logGroups },
  resources: {
    ...bucket,
    aws_cloudwatch_event_rule: ["description", "event_pattern", "name", "schedule_expression"],
    aws_cloudwatch_event_target: ["arn", "role_arn", "rule", "target_id"],
    aws_cloudwatch_log_group: ["name", "retention_in_days", "skip_destroy"],
    aws_cloudwatch_metric_alarm: alarm,
    aws_codebuild_project: [
      ...["artifacts", "build_timeout", "description", "environment", "logs_config", "name", "service_role"],
      ...["source", "tags"],
    ],
    aws_codepipeline: ["artifact_store", "execution_mode", "name", "pipeline_type", "role_arn", "stage"],
    aws_iam_role: ["assume_role_policy", "description", "name", "permissions_boundary"],
    aws_iam_role_policy: ["name", "policy", "role"],
    aws_kms_alias: ["name", "target_key_id"],
    aws_kms_key: ["description", "enable_key_rotation", "policy"],
    aws_lambda_function: [
      ...["architectures", "environment", "function_name", "handler", "memory_size", "role", "runtime"],
      ...["s3_bucket", "s3_key", "timeout"],
    ],
    aws_lambda_function_event_invoke_config: [
      ...["function_name", "maximum_event_age_in_seconds", "maximum_retry_attempts"],
    ],
    aws_lambda_permission: ["action", "function_name", "principal", "source_arn"],
    aws_s3_bucket_lifecycle_configuration: ["bucket", "rule"],
    aws_sns_topic: ["kms_master_key_id", "name"],
    aws_sns_topic_policy: ["arn", "policy"],
    aws_sns_topic_subscription: ["endpoint", "protocol", "topic_arn"],
  },
  trusted: [
    ...["codebuild.amazonaws.com", "codepipeline.amazonaws.com", "events.amazonaws.com"],
    "lambda.amazonaws.com",
  ],
};

/** What the stack of a pipeline contains whose source is a token and a webhook. */
export const pipeline: Allowed = {
  ...anyPipeline,
  providers: { aws, github: { source: "integrations/github", version: "6.11.1" } },
  data: { ...anyPipeline.data, aws_secretsmanager_secret_version: ["secret_id"] },
  resources: {
    ...anyPipeline.resources,
    aws_codepipeline_webhook: [
      ...["authentication", "authentication_configuration", "filter", "name", "target_action"],
      "target_pipeline",
    ],
    github_repository_webhook: ["configuration", "events", "repository"],
  },
};

/** What the stack of a pipeline contains whose source is a connection. */
export const connectedPipeline: Allowed = {
  ...anyPipeline,
  data: { ...anyPipeline.data, aws_codestarconnections_connection: ["name"] },
  resources: {
    ...anyPipeline.resources,
    aws_codepipeline: [...anyPipeline.resources.aws_codepipeline!, "trigger"],
  },
};

/** The services that a resource policy can allow; the account's own root where `root` is listed. */
export const admitted: Readonly<Record<string, readonly string[]>> = {
  "aws_kms_key.policy": ["root", "cloudwatch.amazonaws.com"],
  "aws_s3_bucket_policy.policy": [],
  "aws_sns_topic_policy.policy": ["cloudwatch.amazonaws.com"],
  "aws_lambda_permission.principal": ["apigateway.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"],
};

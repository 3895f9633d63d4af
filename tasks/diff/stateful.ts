const ADDRESS = "its address, which AWS generated and others use";
const NAMED_ELSEWHERE = "the references of resources outside of the stack";

/**
 * The types of resources that cannot be recreated as they were, each with what is lost. A reviewer must not miss that
 * one of them is destroyed or replaced.
 */
export const statefulTypes: Readonly<Record<string, string>> = {
  aws_apigatewayv2_api: ADDRESS,
  aws_cloudwatch_log_group: "its log events",
  aws_codepipeline: "the history of its executions",
  aws_codepipeline_webhook: ADDRESS,
  aws_codestarconnections_connection: "its acceptance in the console",
  aws_cognito_user_pool: "its users",
  aws_db_instance: "its data",
  aws_dynamodb_table: "its items",
  aws_efs_file_system: "its files",
  aws_iam_openid_connect_provider: NAMED_ELSEWHERE,
  aws_iam_policy: NAMED_ELSEWHERE,
  aws_kms_key: "all that is encrypted with it",
  aws_lambda_function: "its published versions",
  aws_rds_cluster: "its data",
  aws_s3_bucket: "its objects",
  aws_secretsmanager_secret: "its value",
  aws_sns_topic: "its subscriptions",
  aws_sns_topic_subscription: "its confirmation",
  aws_sqs_queue: "its messages",
  aws_ssm_parameter: "its value and history",
  github_repository_webhook: "the history of its deliveries",
};

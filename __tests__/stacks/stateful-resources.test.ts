import { settingNames } from "../../settings";
import { statefulTypes } from "../../tasks/diff/stateful";
import { tokenSettings as tokens } from "../support/settings";
import { pipelineStack, serviceStack, stateStack, synthesized } from "../support/synth";

/**
 * Resources that cannot be recreated as they were: they hold something, have an address that AWS or GitHub generated and
 * others use, or are referenced from elsewhere.
 */
const stateful = Object.keys(statefulTypes);

/** Resources whose definition is all there is to them: one that is recreated is as good. */
const replaceable = [
  "aws_apigatewayv2_integration",
  "aws_apigatewayv2_route",
  "aws_apigatewayv2_stage",
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_resource_policy",
  "aws_cloudwatch_metric_alarm",
  "aws_codebuild_project",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_kms_alias",
  "aws_lambda_alias",
  "aws_lambda_function_event_invoke_config",
  "aws_lambda_permission",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_notification",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_sns_topic_policy",
  "terraform_data",
];

/**
 * The addresses of the stateful resources. Terraform deletes and recreates a resource whose address changes: before you
 * change a line here, move it in the state. A new resource is a new line.
 */
const addresses = {
  state: [
    "aws_cloudwatch_log_group.approvals",
    "aws_codestarconnections_connection.connection",
    "aws_iam_openid_connect_provider.github-actions",
    "aws_iam_policy.boundary",
    "aws_iam_policy.approvers",
    "aws_iam_policy.function-boundary",
    "aws_iam_policy.function-boundary-dev",
    "aws_iam_policy.function-boundary-prod",
    "aws_kms_key.approval-topic_key_AEB94369",
    "aws_s3_bucket.state_bucket_803B4E61",
    "aws_secretsmanager_secret.github",
    "aws_secretsmanager_secret.service-auth-dev",
    "aws_secretsmanager_secret.service-auth-prod",
    "aws_sns_topic.approval-topic_CF9EC3C7",
    "aws_sns_topic_subscription.approval-topic_email_B48DF443",
    "aws_ssm_parameter.repository_identity_7EB2ED8A",
    "aws_ssm_parameter.pipeline_bootstrap_level",
    ...settingNames.map((name) => `aws_ssm_parameter.${name}`),
  ],
  pipeline: [
    "aws_cloudwatch_log_group.CheckBuild_log_72399B56",
    "aws_cloudwatch_log_group.CheckDrift_log_09FA9FB6",
    "aws_cloudwatch_log_group.DeployOnDev_log_5F690761",
    "aws_cloudwatch_log_group.DeployOnProd_log_287F154F",
    "aws_cloudwatch_log_group.IntegrationTest_log_503597C5",
    "aws_cloudwatch_log_group.PlanOnProd_log_3C21C052",
    "aws_cloudwatch_log_group.SelfUpdate_log_636F5EE7",
    "aws_cloudwatch_log_group.UnitTest_log_C88D5164",
    "aws_cloudwatch_log_group.VerifyProd_log_CB456BA0",
    "aws_cloudwatch_log_group.commit-statuses_log_9C9DA2E1",
    "aws_cloudwatch_log_group.release-log",
    "aws_codepipeline.delivery_pipeline_05BE4093",
    "aws_codepipeline_webhook.source_webhook_3A33C931",
    "aws_kms_key.failures_key_047DB884",
    "aws_lambda_function.commit-statuses_function_9E8CF0C1",
    "aws_s3_bucket.artifacts_bucket_A41425E9",
    "aws_sns_topic.failures_topic_8F26C438",
    "aws_sns_topic_subscription.failures_email_21A32565",
    "github_repository_webhook.source_repository-webhook_50A4CDA4",
  ],
  service: [
    "aws_apigatewayv2_api.http_api_7BFD158A",
    "aws_cloudwatch_log_group.api_log_45119C08",
    "aws_cloudwatch_log_group.http_access-log_076B4931",
    "aws_cloudwatch_log_group.record-object_log_FCBB3A8B",
    "aws_lambda_function.api_function_AF620FF3",
    "aws_lambda_function.record-object_function_FFB889E0",
    "aws_s3_bucket.documents_bucket_87EAE372",
    "aws_sqs_queue.failed-events_queue_9BEDDB4E",
  ],
};

// Every setting is set, to include resources that exist only with some of them.
const email = { pipeline_alarm_email: "ops@example.com", pipeline_approval_email: "reviewer@example.com" };
const branches = { pipeline_branches: "develop=dev" };
const buckets = {
  service_existing_bucket_dev: "documents-of-dev",
  service_existing_bucket_prod: "documents",
};
const role = { codebuild_role_arn: "arn:aws:iam::123456789012:role/build" };
const service = { service_concurrency: "5", service_old_version_days: "30", service_cors_origins: "*" };
const source = { pipeline_source: "connection", pipeline_ignore_paths: "docs/**" };
const window = { pipeline_deployment_window: "* * 9-16 ? * MON-FRI * Europe/Berlin" };

describe.each([
  [
    "state",
    stateStack({ ...email, ...source, ...branches, ...role, ...service, ...tokens, ...window, ...buckets }),
  ],
  ["pipeline", pipelineStack(email)],
  ["service", serviceStack()],
] as const)("the %s stack", (name, stack) => {
  const { resource } = synthesized(stack);

  it("keeps the addresses of its stateful resources", () => {
    const found = stateful.flatMap((type) => Object.keys(resource[type] ?? {}).map((id) => `${type}.${id}`));
    expect(found.sort()).toEqual([...addresses[name]].sort());
  });

  it("has only resources that are known to be stateful or replaceable", () => {
    const known = [...stateful, ...replaceable];
    expect(Object.keys(resource).filter((type) => !known.includes(type))).toEqual([]);
  });
});

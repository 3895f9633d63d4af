import { finders } from "../../../tasks/terraform/import-ids";
import { pipelineStack, serviceStack, stateStack, synthesized } from "../../support/synth";

/** What making it again only sets again, and log groups, which the stacks import themselves. */
const setAgain = [
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_group",
  "aws_cloudwatch_log_resource_policy",
  "aws_cloudwatch_metric_alarm",
  "aws_codepipeline_webhook",
  "aws_iam_role_policy",
  "aws_s3_bucket_notification",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
  // Only in the state: its commit becomes that of the next version.
  "terraform_data",
];

it("every resource type that can be left behind is found, unless creating it again only sets it", () => {
  const stacks = [
    stateStack(),
    pipelineStack({ pipeline_alarm_email: "a@example.com" }),
    serviceStack(),
    serviceStack("prod", { service_existing_bucket_prod: "acme-documents" }),
  ];
  const types = stacks.flatMap((stack) => Object.keys(synthesized(stack).resource));
  expect([...new Set(types)].sort()).toEqual([...Object.keys(finders), ...setAgain].sort());
});

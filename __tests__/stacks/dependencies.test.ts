import { inlinePolicyName } from "../../stacks/constructs/policy";
import {
  pipelineStack,
  resourcesOf,
  serviceStack,
  stateStack,
  synthesized,
  type Synthesized,
} from "../support/synth";

const state = synthesized(stateStack());
const pipeline = synthesized(pipelineStack());
const service = synthesized(serviceStack("prod"));
const existing = synthesized(serviceStack("prod", { service_existing_bucket_prod: "acme-documents" }));

/** Returns what the resources of a type wait for, as the types and the ids of these resources. */
function waitsOf(stack: Synthesized, type: string): string[][] {
  return resourcesOf(stack, type).map(({ depends_on: waits }) =>
    ((waits ?? []) as string[]).map((address) => address.replace(/_[0-9A-F]{8}$/, "")),
  );
}

describe("Terraform creates first", () => {
  it("the role's permissions and the log of a function: its first invocation needs both", () => {
    expect(waitsOf(service, "aws_lambda_function")).toEqual(
      ["api", "record-object"].map((name) => [
        `aws_iam_role_policy.${name}_${inlinePolicyName}`,
        `aws_cloudwatch_log_group.${name}_log`,
      ]),
    );
  });

  it("the permission to invoke a function: S3 checks it, and EventBridge does not retry", () => {
    expect(waitsOf(service, "aws_s3_bucket_notification")).toEqual([
      ["aws_lambda_permission.created_may-invoke"],
    ]);
    expect(waitsOf(existing, "aws_cloudwatch_event_target")).toEqual([
      ["aws_lambda_permission.objects_may-invoke"],
    ]);
    expect(waitsOf(pipeline, "aws_cloudwatch_event_target")).toContainEqual([
      "aws_lambda_permission.commit-statuses_events_may-invoke",
    ]);
  });

  it("the routes of an API: its stage deploys what there is", () => {
    expect(waitsOf(service, "aws_apigatewayv2_stage")).toEqual([["aws_apigatewayv2_route.http_route"]]);
  });

  it("the versioning of a bucket, before a rule about old versions", () => {
    for (const stack of [state, pipeline])
      expect(waitsOf(stack, "aws_s3_bucket_lifecycle_configuration")).toEqual([
        [expect.stringMatching(/^aws_s3_bucket_versioning\./)],
      ]);
  });

  it("the block of public access to a bucket: S3 refuses its policy at the same time", () => {
    for (const stack of [state, pipeline, service])
      expect(waitsOf(stack, "aws_s3_bucket_policy")).toEqual([
        [expect.stringMatching(/^aws_s3_bucket_public_access_block\./)],
      ]);
  });

  it("the permissions of a rule's role, or the policy of the log that it writes", () => {
    expect(waitsOf(state, "aws_cloudwatch_event_target").sort()).toEqual([
      [
        "aws_cloudwatch_event_rule.iam-changes_rule",
        `aws_iam_role_policy.iam-changes-role_${inlinePolicyName}`,
      ],
      ["aws_cloudwatch_log_resource_policy.access-logs"],
      [`aws_iam_role_policy.changes-role_${inlinePolicyName}`],
    ]);
    const waits = waitsOf(pipeline, "aws_cloudwatch_event_target").map(([first]) => first);
    expect(waits.sort()).toEqual([
      `aws_iam_role_policy.drift-rule-role_${inlinePolicyName}`,
      `aws_iam_role_policy.failed-execution-role_${inlinePolicyName}`,
      // A rule needs no role to invoke a function.
      "aws_lambda_permission.commit-statuses_events_may-invoke",
    ]);
  });
});

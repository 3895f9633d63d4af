import type { TerraformStack } from "cdktf";
import { acceptedFindings } from "../../stacks/constructs/accepted-findings";
import { pipelineStack, serviceStack, stateStack, synthesized } from "../support/synth";

const stacks: TerraformStack[] = [
  stateStack(),
  pipelineStack(),
  serviceStack("prod"),
  serviceStack("prod", { service_existing_bucket_prod: "acme-documents" }),
];

/** The types whose resources an operator finds by what they are for. */
const described = [
  "aws_cloudwatch_event_rule",
  "aws_codebuild_project",
  "aws_iam_policy",
  "aws_kms_key",
  "aws_secretsmanager_secret",
];

it("each rule, project, managed policy, key and secret has a description", () => {
  for (const { resource } of stacks.map(synthesized))
    for (const type of described)
      for (const [id, one] of Object.entries(resource[type] ?? {}))
        expect([id, one.description]).toEqual([id, expect.stringMatching(/\w \w/)]);
});

it("a description says what the resource is about", () => {
  const all = stacks
    .map(synthesized)
    .flatMap(({ resource }) =>
      Object.values(resource).flatMap((ofType) =>
        Object.values(ofType).map(({ description }) => description),
      ),
    );
  expect(all).toEqual(
    expect.arrayContaining([
      "UnitTest of hw-pipeline",
      "An execution of hw-pipeline failed",
      "Encrypts the topic hw-codebuild-failed-sns",
      "Objects under documents/ in acme-documents",
    ]),
  );
});

it("each finding of checkov that is accepted has a reason in a sentence", () => {
  const reasons = stacks.flatMap((stack) =>
    stack.node.findAll().flatMap((one) => Object.entries(acceptedFindings(one))),
  );
  // Of log groups.
  const checks = reasons.map(([check]) => check);
  expect(checks).toEqual(expect.arrayContaining(["CKV_AWS_158", "CKV_AWS_338"]));
  for (const [check, reason] of reasons)
    expect([check, reason]).toEqual([
      expect.stringMatching(/^CKV2?_AWS_\d+$/),
      expect.stringMatching(/^\S+( \S+){3,}\.$/),
    ]);
});

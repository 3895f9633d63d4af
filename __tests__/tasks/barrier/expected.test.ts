import { pipeline, service } from "../../../tasks/barrier/allowed";
import { expectedOf, placed } from "../../../tasks/barrier/expected";
import { settingsWith } from "../../support/settings";

const shared = "arn:aws:iam::123456789012:role/build";
const settings = settingsWith({ pipeline_alarm_email: "a@example.com", codebuild_role_arn: shared });
const both = {
  programs: "s3://acme-heavy-water-artifacts-state/hw/programs/*.zip",
  sharedRole: shared,
  failureTopic: "arn:<partition>:sns:<region>:<account>:hw-codebuild-failed-sns",
  failureEmail: "a@example.com",
  repository: { owner: "acme", name: "heavy-water" },
  secretName: "PIPELINE_GITHUB",
  webhook: "hw-push",
  routes: { service_cors_origins: [] },
};

it("the expected pipeline follows from its settings", () => {
  expect(expectedOf("pipeline", settings)).toEqual({
    ...both,
    kind: "pipeline",
    allowed: pipeline,
    backend: { bucket: "acme-heavy-water-artifacts-state", key: "hw/pipeline.tfstate" },
    boundary: "arn:<partition>:iam::<account>:policy/hw-boundary",
    roleNames: "hw-pipeline",
    apiName: undefined,
  });
});

it("the expected service follows from its settings and environment", () => {
  expect(expectedOf("service-dev", settings)).toEqual({
    ...both,
    kind: "service",
    allowed: service,
    backend: { bucket: "acme-heavy-water-artifacts-state", key: "hw/service-dev.tfstate" },
    boundary: "arn:<partition>:iam::<account>:policy/hw-function-boundary-dev",
    roleNames: "hw-dev-",
    apiName: "hw-dev",
  });
});

it("the expected boundary is the shared one until bootstrap has created one for each environment", () => {
  const boundary = (level: number) => expectedOf("service-prod", settings, level).boundary.split("/")[1];
  expect([0, 1, 2, 3].map(boundary)).toEqual([
    "hw-function-boundary",
    "hw-function-boundary",
    "hw-function-boundary-prod",
    "hw-function-boundary-prod",
  ]);
});

it("builds deploy no other stacks, and the error lists those that they do", () => {
  for (const id of ["state", "service-stage", "Pipeline", "service-", ""])
    expect(() => expectedOf(id, settings)).toThrow(
      `No build deploys a stack ${JSON.stringify(id)}, only pipeline, service-dev, service-prod. The stack state is deployed with npm run bootstrap.`,
    );
  const branch = settingsWith({ hw_stack_name: "hw_a", pipeline_environment: "stage" });
  expect(expectedOf("service-stage", branch).apiName).toBe("hw_a-stage");
  expect(() => expectedOf("service-prod", branch)).toThrow("only pipeline, service-stage.");
});

it.each([
  [
    "arn:${data.aws_partition.a-1.partition}:x:${data.aws_region.b_2.name}:${data.aws_caller_identity.C3.account_id}:y",
    "arn:<partition>:x:<region>:<account>:y",
  ],
  ["${data.aws_partition.a.partition}${data.aws_partition.b.partition}", "<partition><partition>"],
  ["${data.aws_region.a.name}${data.aws_region.b.name}", "<region><region>"],
  ["${data.aws_caller_identity.a.account_id}${data.aws_caller_identity.b.account_id}", "<account><account>"],
])("reads %s as %s", (text, as) => {
  expect(placed(text)).toBe(as);
});

it.each([
  "${data.aws_partition..partition}",
  "${data.aws_partition.a.dns_suffix}",
  "${data.aws_partition.a.b.partition}",
  "${data.aws_region.a.endpoint}",
  "${data.aws_region.a b.name}",
  "${data.aws_caller_identity.a.arn}",
  "${data.aws_caller_identity.${x}.account_id}",
  "${aws_region.a.name}",
  "$${data_aws_region.a.name}",
  "{data.aws_region.a.name}",
  "${dataxaws_region.a.name}",
])("reads %s as it is", (text) => {
  expect(placed(text)).toBe(text);
});

import { pipelineStack, serviceStack, stateStack, synthesized } from "../support/synth";

/**
 * The addresses of what holds data. A changed address makes Terraform delete the resource and create
 * another: whoever has to change this test has to move the state first.
 */
const addresses = {
  state: ["aws_s3_bucket.state_bucket_803B4E61", "aws_secretsmanager_secret.github"],
  pipeline: ["aws_s3_bucket.artifacts_bucket_A41425E9", "aws_kms_key.failures_key_047DB884"],
  service: ["aws_s3_bucket.documents_bucket_87EAE372"],
};

it.each([
  ["state", stateStack()],
  ["pipeline", pipelineStack()],
  ["service", serviceStack()],
] as const)("of the %s stack stay where they are", (name, stack) => {
  const stateful = ["aws_s3_bucket", "aws_secretsmanager_secret", "aws_kms_key"];
  const { resource } = synthesized(stack);
  const found = stateful.flatMap((type) => Object.keys(resource[type] ?? {}).map((id) => `${type}.${id}`));
  expect(found).toEqual(addresses[name]);
});

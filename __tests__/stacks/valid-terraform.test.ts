import { Testing } from "cdktf";
import { pipelineStack, serviceStack, stateStack } from "../support/synth";

/** Terraform reads each stack with its providers, which takes seconds: mutation tests leave this file out. */
it.each([
  ["the state stack", () => stateStack()],
  ["the pipeline stack", () => pipelineStack()],
  [
    "the stack of a branch pipeline",
    () => pipelineStack({ hw_stack_name: "hw_release_1_0_1a2b3c4d", pipeline_environment: "stage" }),
  ],
  ["a service stack", () => serviceStack()],
  [
    "a service stack with an existing bucket",
    () => serviceStack("prod", { service_existing_bucket_prod: "acme-documents" }),
  ],
])(
  "%s is valid Terraform",
  (_, stack) => {
    expect(Testing.fullSynth(stack())).toBeValidTerraform();
  },
  120_000,
);

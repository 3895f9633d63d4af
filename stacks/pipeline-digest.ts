import { App } from "cdktf";
import { createHash } from "node:crypto";
import { PipelineStack, type PipelineStackProps } from "./pipeline-stack";

/**
 * The SHA-256 of the pipeline's definition: of the pipeline stack as it is synthesized with an empty
 * digest, so that it depends on nothing but the stack's code and the settings.
 */
export function pipelineDigest(props: Omit<PipelineStackProps, "digest">): string {
  const stack = new PipelineStack(new App(), { ...props, digest: "" });
  return createHash("sha256").update(JSON.stringify(stack.toTerraform())).digest("hex");
}

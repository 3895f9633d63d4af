import { App } from "cdktf";
import { definitionDigest } from "./definition";
import { PipelineStack, type PipelineStackProps } from "../pipeline-stack";
import type { JsonObject } from "../stack-json";

/** The digest that a pipeline stack of these properties carries. */
export function pipelineDigest(props: Omit<PipelineStackProps, "digest">): string {
  // Stryker disable next-line StringLiteral: the digest that a stack carries is no part of its definition.
  const stack = new PipelineStack(new App(), { ...props, digest: "" });
  return definitionDigest(JSON.parse(JSON.stringify(stack.toTerraform())) as JsonObject);
}

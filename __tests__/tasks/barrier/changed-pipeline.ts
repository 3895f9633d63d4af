import { valueAt, type Json, type JsonObject } from "../../../stacks/stack-json";
import { definitionChanges } from "../../../tasks/barrier/definition-change";
import { changed, clone, pipelineJson } from "./synthesized-stacks";

/** The pipeline stack that is deployed. */
export const stack = pipelineJson();

/** Where the pipeline is in it. */
export const pipeline = ["resource", "aws_codepipeline", 0] as const;

export const stages = valueAt(
  stack,
  "resource",
  "aws_codepipeline",
  "delivery_pipeline_05BE4093",
  "stage",
) as JsonObject[];

export const stageIndex = (name: string) => stages.findIndex((one) => one.name === name);

/** The stack with other stages. */
export function withStages(change: (stages: JsonObject[]) => Json[]): JsonObject {
  return changed(stack, [...pipeline, "stage"], change(clone(stages)));
}

/** What is said of a commit that has another pipeline stack. */
export const changes = (after: JsonObject) => definitionChanges(stack, after);

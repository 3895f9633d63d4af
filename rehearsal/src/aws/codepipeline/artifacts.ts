import { randomInt } from "node:crypto";
import type { ActionDeclaration, PipelineDeclaration } from "@aws-sdk/client-codepipeline";
import type { Artifact, Execution } from "./execution";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Characters of the pipeline's and of the artifact's name that CodePipeline puts into a key. */
const PIPELINE_PREFIX = 20;
const ARTIFACT_PREFIX = 10;

/** The artifacts an action takes, as far as earlier actions of the execution have made them. */
export function inputsOf(action: ActionDeclaration, execution: Execution): Artifact[] {
  return (action.inputArtifacts ?? []).flatMap(({ name }) => execution.artifacts.get(name!) ?? []);
}

/** New places in the artifact bucket for what an action makes. */
export function outputsOf(action: ActionDeclaration, pipeline: PipelineDeclaration): Artifact[] {
  return (action.outputArtifacts ?? []).map(({ name }) => ({
    name: name!,
    bucket: pipeline.artifactStore!.location!,
    key: `${pipeline.name!.slice(0, PIPELINE_PREFIX)}/${name!.slice(0, ARTIFACT_PREFIX)}/${random(7)}`,
  }));
}

function random(length: number): string {
  return Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join("");
}

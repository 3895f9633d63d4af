import { randomInt } from "node:crypto";
import type { ActionDeclaration, PipelineDeclaration } from "@aws-sdk/client-codepipeline";
import type { Artifact, Execution } from "./execution";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The characters of the names of pipeline and artifact in a key. */
const PIPELINE_PREFIX = 20;
const ARTIFACT_PREFIX = 10;

/** Returns the input artifacts of an action that earlier actions of the execution have created. */
export function inputsOf(action: ActionDeclaration, execution: Execution): Artifact[] {
  return (action.inputArtifacts ?? []).flatMap(({ name }) => execution.artifacts.get(name!) ?? []);
}

/** Returns new locations in the artifact bucket for the outputs of an action. */
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

import type { ActionDeclaration } from "@aws-sdk/client-codepipeline";
import { AwsError } from "../aws-error";
import { providerOf } from "./declaration";

/** The requirements for all actions of a type. */
interface ActionType {
  /** The minimum and maximum number of artifacts. */
  readonly inputs: readonly [min: number, max: number];
  readonly outputs: readonly [min: number, max: number];
  /** The valid keys of a configuration. */
  readonly configuration: readonly string[];
}

/**
 * The emulated action types, by owner and provider.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-action-artifacts.html
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html
 */
const types: Readonly<Record<string, ActionType>> = {
  "ThirdParty/GitHub": {
    inputs: [0, 0],
    outputs: [1, 1],
    configuration: ["Owner", "Repo", "Branch", "OAuthToken", "PollForSourceChanges"],
  },
  "AWS/CodeStarSourceConnection": {
    inputs: [0, 0],
    outputs: [1, 1],
    configuration: [
      "ConnectionArn",
      "FullRepositoryId",
      "BranchName",
      "OutputArtifactFormat",
      "DetectChanges",
    ],
  },
  "AWS/CodeBuild": {
    inputs: [1, 5],
    outputs: [0, 5],
    configuration: [
      "ProjectName",
      "PrimarySource",
      "BatchEnabled",
      "BuildspecOverride",
      "CombineArtifacts",
      "EnvironmentVariables",
    ],
  },
  "AWS/Manual": {
    inputs: [0, 0],
    outputs: [0, 0],
    configuration: ["NotificationArn", "CustomData", "ExternalEntityLink"],
  },
  "AWS/Lambda": {
    // None if a published version is configured.
    inputs: [0, 1],
    outputs: [0, 0],
    configuration: ["FunctionName", "FunctionAlias", "PublishedTargetVersion", "DeployStrategy", "Alarms"],
  },
};

/**
 * Validates the number of an action's artifacts and the keys of its configuration.
 * @throws InvalidActionDeclarationException
 */
export function checkActionType(action: ActionDeclaration): void {
  const type = types[providerOf(action)];
  if (!type) return;
  checkArtifacts(action, "input", action.inputArtifacts, type.inputs);
  checkArtifacts(action, "output", action.outputArtifacts, type.outputs);
  const unknown = Object.keys(action.configuration ?? {}).filter((key) => !type.configuration.includes(key));
  if (unknown.length > 0) {
    invalid(
      `Action configuration for action '${action.name}' contains unknown configuration '${unknown.join(", ")}'`,
    );
  }
}

function checkArtifacts(
  { name }: ActionDeclaration,
  kind: "input" | "output",
  artifacts: ActionDeclaration["inputArtifacts"] = [],
  [min, max]: readonly [number, number],
): void {
  const names = artifacts.map((artifact) => artifact.name);
  if (names.length < min || names.length > max) {
    const expected = min === max ? `${min}` : `${min} to ${max}`;
    invalid(`Action ${name} has ${names.length} ${kind} artifacts, but its type takes ${expected}`);
  }
  const duplicate = names.find((artifact, index) => names.indexOf(artifact) !== index);
  if (duplicate !== undefined) invalid(`Action ${name} has the ${kind} artifact ${duplicate} twice`);
}

function invalid(message: string): never {
  throw new AwsError("InvalidActionDeclarationException", message);
}

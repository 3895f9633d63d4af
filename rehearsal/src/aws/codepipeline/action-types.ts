import type { ActionDeclaration } from "@aws-sdk/client-codepipeline";
import { AwsError } from "../aws-error";
import { providerOf } from "./declaration";

/** What CodePipeline asks of every action of a type. */
interface ActionType {
  /** The fewest and the most artifacts. */
  readonly inputs: readonly [least: number, most: number];
  readonly outputs: readonly [least: number, most: number];
  /** Every key that a configuration can have. */
  readonly configuration: readonly string[];
}

/**
 * The types of actions that are emulated, by owner and provider.
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
    // None where a published version is named.
    inputs: [0, 1],
    outputs: [0, 0],
    configuration: ["FunctionName", "FunctionAlias", "PublishedTargetVersion", "DeployStrategy", "Alarms"],
  },
};

/**
 * Checks the number of an action's artifacts and the keys of its configuration.
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
  [least, most]: readonly [number, number],
): void {
  const names = artifacts.map((artifact) => artifact.name);
  if (names.length < least || names.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    invalid(`Action ${name} has ${names.length} ${kind} artifacts, but its type takes ${wanted}`);
  }
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) invalid(`Action ${name} has the ${kind} artifact ${twice} twice`);
}

function invalid(message: string): never {
  throw new AwsError("InvalidActionDeclarationException", message);
}

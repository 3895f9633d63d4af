import type { ActionDeclaration, FailureType, SourceRevision } from "@aws-sdk/client-codepipeline";
import type { Artifact } from "../execution";
import type { Pipeline } from "../pipeline";

/** The parameters of an action's run. */
export interface ActionRequest {
  readonly pipeline: Pipeline;
  readonly executionId: string;
  readonly stage: string;
  readonly action: ActionDeclaration;
  /** The configuration with resolved variables. */
  readonly configuration: Readonly<Record<string, string>>;
  /** The commit that a source fetches; undefined for the newest one. */
  readonly revision: string | undefined;
  readonly inputs: readonly Artifact[];
  /** The locations for the output artifacts. */
  readonly outputs: readonly Artifact[];
  /** Aborted when the execution is abandoned. */
  readonly abandoned: AbortSignal;
  /** Reports progress while the action runs. */
  progress(update: Progress): void;
}

export interface Progress {
  readonly externalExecutionId?: string;
  readonly externalExecutionUrl?: string;
  readonly summary?: string;
  readonly token?: string;
}

/** The result of a succeeded action. */
export interface ActionResult {
  readonly summary?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** The revision that a source fetched. */
  readonly revision?: Omit<SourceRevision, "actionName">;
}

/** Runs the actions of one provider. */
export interface ActionProvider {
  /** The required keys of the configuration. */
  readonly required: readonly string[];
  /** Returns the feature of a valid configuration that is not emulated, for a message; undefined if all are. */
  unsupported?(configuration: Readonly<Record<string, string>>): string | undefined;
  /** Runs an action. @throws ActionFailed */
  run(request: ActionRequest): Promise<ActionResult>;
}

/** Providers by owner and name, such as `AWS/CodeBuild`. */
export type ActionProviders = Readonly<Record<string, ActionProvider>>;

/** An action failed, with the code and the message of its error details. */
export class ActionFailed extends Error {
  constructor(
    readonly code: FailureType,
    message: string,
  ) {
    super(message);
  }
}

import type { ActionDeclaration, FailureType, SourceRevision } from "@aws-sdk/client-codepipeline";
import type { Artifact } from "../execution";
import type { Pipeline } from "../pipeline";

/** What an action is asked to do. */
export interface ActionRequest {
  readonly pipeline: Pipeline;
  readonly executionId: string;
  readonly stage: string;
  readonly action: ActionDeclaration;
  /** With all variables resolved. */
  readonly configuration: Readonly<Record<string, string>>;
  /** The commit a source is to fetch; undefined: the newest one. */
  readonly revision: string | undefined;
  readonly inputs: readonly Artifact[];
  /** Where the outputs are to be put. */
  readonly outputs: readonly Artifact[];
  /** Aborted when nobody waits for the outcome any more. */
  readonly abandoned: AbortSignal;
  /** Makes known what is known before the action has ended. */
  progress(update: Progress): void;
}

export interface Progress {
  readonly externalExecutionId?: string;
  readonly externalExecutionUrl?: string;
  readonly summary?: string;
  readonly token?: string;
}

/** What a succeeded action hands back. */
export interface ActionResult {
  readonly summary?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** What a source has fetched. */
  readonly revision?: Omit<SourceRevision, "actionName">;
}

/** What runs the actions of one provider. */
export interface ActionProvider {
  /** Keys its configuration must have. */
  readonly required: readonly string[];
  /** What of a configuration that AWS takes is not emulated, in words. */
  unsupported?(configuration: Readonly<Record<string, string>>): string | undefined;
  /** Runs an action to its end; rejects with ActionFailed when the action fails. */
  run(request: ActionRequest): Promise<ActionResult>;
}

/** Providers by owner and name, such as `AWS/CodeBuild`. */
export type ActionProviders = Readonly<Record<string, ActionProvider>>;

/** An action has failed: what its error details say. */
export class ActionFailed extends Error {
  constructor(
    readonly code: FailureType,
    message: string,
  ) {
    super(message);
  }
}

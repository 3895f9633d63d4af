import type { Build, EnvironmentVariable } from "@aws-sdk/client-codebuild";

/** Where CodePipeline keeps one artifact: a zip in a bucket. */
export interface ArtifactLocation {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
}

/** What CodePipeline asks of CodeBuild. */
export interface PipelineBuild {
  readonly projectName: string;
  /** `codepipeline/<pipeline>`. */
  readonly initiator: string;
  /** The ARN of the primary input artifact. */
  readonly sourceVersion: string;
  /** The commit, where the primary input comes from one. */
  readonly resolvedSourceVersion: string | undefined;
  readonly inputs: readonly ArtifactLocation[];
  /** Name of the primary input artifact. */
  readonly primary: string;
  readonly outputs: readonly ArtifactLocation[];
  /** What the action's configuration overrides. */
  readonly environment: readonly EnvironmentVariable[];
}

export type FinalStatus = "SUCCEEDED" | "FAILED" | "FAULT" | "TIMED_OUT" | "STOPPED";

export interface FinishedBuild {
  readonly status: FinalStatus;
  readonly build: Build;
  readonly exportedVariables: Readonly<Record<string, string>>;
  /** Why it failed, as an action's error details have it; empty after a success. */
  readonly message: string;
}

export interface RunningBuild {
  /** `<project>:<uuid>`. */
  readonly id: string;
  readonly finished: Promise<FinishedBuild>;
  /** Stops the build and everything it started; resolves when that is done. */
  stop(): Promise<void>;
}

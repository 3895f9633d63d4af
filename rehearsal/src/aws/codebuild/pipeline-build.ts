import type { Build, EnvironmentVariable } from "@aws-sdk/client-codebuild";

/** The location of an artifact: a zip in a bucket. */
export interface ArtifactLocation {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
}

/** A build that CodePipeline starts. */
export interface PipelineBuild {
  readonly projectName: string;
  /** `codepipeline/<pipeline>`. */
  readonly initiator: string;
  /** The ARN of the primary input artifact. */
  readonly sourceVersion: string;
  /** The commit of the primary input artifact, if it has one. */
  readonly resolvedSourceVersion: string | undefined;
  readonly inputs: readonly ArtifactLocation[];
  /** The name of the primary input artifact. */
  readonly primary: string;
  readonly outputs: readonly ArtifactLocation[];
  /** The environment variables of the action's configuration. */
  readonly environment: readonly EnvironmentVariable[];
}

export type FinalStatus = "SUCCEEDED" | "FAILED" | "FAULT" | "TIMED_OUT" | "STOPPED";

export interface FinishedBuild {
  readonly status: FinalStatus;
  readonly build: Build;
  readonly exportedVariables: Readonly<Record<string, string>>;
  /** Why it failed, for an action's error details; undefined after a success. */
  readonly message: string | undefined;
}

export interface RunningBuild {
  /** `<project>:<uuid>`. */
  readonly id: string;
  readonly finished: Promise<FinishedBuild>;
  /** Stops the build, and waits until its processes have terminated. */
  stop(): Promise<void>;
}

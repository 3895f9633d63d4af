import type { Build, BuildPhaseType, StatusType } from "@aws-sdk/client-codebuild";
import type { PhaseError } from "./phase-error";

/** Records the phases of a build in the build itself, as BatchGetBuilds shows them. */
export class Phases {
  private readonly build: Build;
  private readonly changed: () => void;
  /** By a monotonic clock. */
  private entered = 0;

  /** @param changed called after every change of a phase */
  constructor(build: Build, changed: () => void) {
    this.build = build;
    this.changed = changed;
    build.phases = [];
  }

  enter(phaseType: BuildPhaseType): void {
    this.build.currentPhase = phaseType;
    this.build.phases!.push({ phaseType, startTime: new Date() });
    this.entered = performance.now();
    this.changed();
  }

  /** Completes the current phase. An error becomes its context. */
  complete(phaseStatus: StatusType, error?: PhaseError): void {
    const phase = this.build.phases!.at(-1)!;
    Object.assign(phase, {
      phaseStatus,
      endTime: new Date(),
      durationInSeconds: Math.round((performance.now() - this.entered) / 1000),
      contexts: [{ statusCode: error?.statusCode ?? "", message: error?.message ?? "" }],
    });
    this.changed();
  }

  /** Adds the last phase of every build, which only marks its end. */
  finish(): void {
    this.build.currentPhase = "COMPLETED";
    this.build.phases!.push({ phaseType: "COMPLETED", startTime: new Date() });
  }
}

/** Returns why a build failed, as the error details of a pipeline action do; undefined after a success. */
export function failureMessage(build: Build): string | undefined {
  if (build.buildStatus === "SUCCEEDED") return undefined;
  const state = `Build terminated with state: ${build.buildStatus}`;
  const failed = build.phases?.find(({ phaseStatus }) => phaseStatus && phaseStatus !== "SUCCEEDED");
  if (!failed) return state;
  const context = failed.contexts?.[0];
  const why = context?.statusCode ? `, Code: ${context.statusCode}, Message: ${context.message}` : "";
  return `${state}. Phase: ${failed.phaseType}${why}`;
}

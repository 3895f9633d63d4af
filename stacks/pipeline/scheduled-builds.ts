import { noSchedule, type Settings } from "../../settings";
import { isBranchPipeline } from "../names";
import type { Build } from "./stages";

/** A build that EventBridge starts, beside the stages. */
export interface ScheduledBuild extends Build {
  /** As EventBridge writes it, such as `rate(1 day)`. */
  readonly schedule: string;
}

/** Compares production and the pipeline with what was deployed. */
const checkDrift = {
  name: "CheckDrift",
  buildspec: "buildspecs/check-drift.yml",
  privileged: true,
  // It has no commit: what it compares is kept in the state bucket.
  inputs: [],
  timeoutMinutes: 30,
} as const satisfies Build;

/** Returns the builds that EventBridge starts. A branch pipeline has none: it delivers nothing to production. */
export function scheduledBuilds(settings: Settings): readonly ScheduledBuild[] {
  const schedule = settings.pipeline_drift_schedule;
  if (isBranchPipeline(settings) || schedule === noSchedule) return [];
  return [{ ...checkDrift, schedule }];
}

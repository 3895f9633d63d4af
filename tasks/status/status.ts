import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Settings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { openApi, weakenings } from "../barrier/weakenings";
import { readDriftRecord, type DriftRecord } from "../drift/record";
import { readLocks, type StateLock } from "../terraform/state-locks";
import { readAlarms, type FiringAlarm } from "./alarms";
import { readExecutions, readPipelineState, type Execution, type PipelineState } from "./executions";
import { readProduction, type Production, type ProductionClients } from "./production";

/** What was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly error: string };

/** What is deployed, what the pipeline does, and what needs attention. */
export interface Status {
  readonly production: Read<Production | undefined>;
  /** How many commits of the branch production does not have, without those that `pipeline_ignore_paths` ignores. */
  readonly behind: Read<number | undefined>;
  readonly pipeline: Read<PipelineState>;
  readonly lastExecution: Read<Execution | undefined>;
  readonly locks: Read<readonly StateLock[]>;
  /** What CheckDrift found last, by stack; without a stack that it has not compared yet. */
  readonly drift: Read<DriftRecord>;
  readonly alarms: Read<readonly FiringAlarm[]>;
  /** Whether anyone is allowed to call the API. */
  readonly openApi: readonly string[];
  /** How settings weaken the barrier between a commit and production. */
  readonly weakenings: readonly string[];
}

export interface Clients extends ProductionClients {
  readonly cloudwatch: CloudWatchClient;
  readonly s3: S3Client;
}

/**
 * Reads everything side by side. What cannot be read is an error in its place, and the rest is there.
 *
 * @param commitsSince counts the commits of the branch since a commit, without ignored ones
 */
export async function readStatus(
  { codepipeline, cloudwatch, s3, ...clients }: Clients,
  settings: Settings,
  commitsSince: (commit: string) => Promise<number>,
): Promise<Status> {
  const names = namesOf(settings);
  const executions = readExecutions(codepipeline, names.pipeline);
  const production = executions.then((all) => readProduction({ codepipeline, ...clients }, names, all));
  const [productionRead, behind, pipeline, lastExecution, locks, drift, alarms] = await Promise.all([
    read(production),
    read(production.then((one) => (one?.commit === undefined ? undefined : commitsSince(one.commit)))),
    read(executions.then(() => readPipelineState(codepipeline, names.pipeline))),
    read(executions.then(([last]) => last)),
    read(readLocks(s3, names.stateBucket, settings.hw_stack_name)),
    read(readDriftRecord(s3, names)),
    read(readAlarms(cloudwatch, settings.hw_stack_name)),
  ]);
  return {
    production: productionRead,
    behind,
    pipeline,
    lastExecution,
    locks,
    drift,
    alarms,
    openApi: openApi(settings),
    weakenings: weakenings(settings),
  };
}

/** Returns the errors of what could not be read, each once. */
export function errorsOf({ openApi: _openApi, weakenings: _weakenings, ...parts }: Status): string[] {
  return [...new Set(Object.values(parts).flatMap((part) => ("error" in part ? [part.error] : [])))];
}

async function read<T>(value: Promise<T>): Promise<Read<T>> {
  return value.then(
    (found) => ({ value: found }),
    (error: Error) => ({ error: error.message }),
  );
}

/**
 * Shows who holds the lock on a stack's state, and removes a stale one:
 *
 *   npm run state:unlock               shows every lock
 *   npm run state:unlock -- STACK      removes that stack's lock, after a confirmation
 */
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { S3Client } from "@aws-sdk/client-s3";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { confirm } from "../confirm";
import {
  readLocks,
  refuseWhileBuilding,
  removeLock,
  runningBuilds,
  type RunningBuild,
  type StateLock,
} from "../terraform/state-locks";
import { runProgram } from "../program";

async function unlock(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) throw new Error("Usage: npm run state:unlock [-- STACK]");
  const [wanted] = positionals;
  loadEnvFile();
  const { hw_stack_name: stackName, pipeline_state_bucket_name: bucket } = readSettings();
  console.log("Reading the locks.");
  const s3 = new S3Client();
  const codebuild = new CodeBuildClient();
  const look = async () => ({
    locks: await readLocks(s3, bucket, stackName),
    builds: await runningBuilds(codebuild, stackName),
  });

  const { locks, builds } = await look();
  if (locks.length === 0) console.log("No state is locked.");
  for (const lock of locks) console.log(describe(lock, builds));
  if (wanted === undefined) return;

  const lock = locks.find(({ stack }) => stack === wanted);
  if (!lock) throw new Error(`The state of ${wanted} is not locked: there is nothing to remove.`);
  refuseWhileBuilding("Not removed", lock.stack, builds);
  await confirm({
    // The owner can be a colleague, whom no build shows.
    question: `Does ${lock.who} no longer work on it? Then type the stack's name to remove the lock: `,
    answer: lock.stack,
    otherwise: "Not removed.",
    recheck: async () => refuseWhileBuilding("Not removed", lock.stack, (await look()).builds),
  });
  if (!(await removeLock(s3, bucket, lock))) {
    throw new Error(
      `Not removed: lock ${lock.id} was released in the meantime. Look again: npm run state:unlock`,
    );
  }
  console.log(`Removed. Apply ${lock.stack} again: the interrupted change can be incomplete.`);
}

/** Describes a lock: since when, by whom, and whether a build holds it. */
export function describe(lock: StateLock, builds: readonly RunningBuild[]): string {
  const build = holder(lock, builds);
  const owner = build
    ? `build ${build.id} works on this stack since ${build.since?.toISOString()}`
    : "no running build works on this stack";
  return `${lock.stack}: locked since ${lock.since} by ${lock.who} (${lock.operation}), ID ${lock.id}; ${owner}`;
}

function holder(lock: StateLock, builds: readonly RunningBuild[]): RunningBuild | undefined {
  return builds.find(({ stack }) => stack === lock.stack);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(unlock);

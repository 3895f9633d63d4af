import {
  BatchGetBuildsCommand,
  BatchGetProjectsCommand,
  ListBuildsForProjectCommand,
  paginateListProjects,
  type CodeBuildClient,
} from "@aws-sdk/client-codebuild";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import { deploysTag, namesOfStack, parseStateKey } from "../../stacks/names";

/** The suffix that Terraform appends to the key of a state. */
const LOCK = ".tflock";

/** The fields of Terraform's locks that are used here (internal/states/statemgr/locker.go). */
const lockContent = z.object({ ID: z.string(), Operation: z.string(), Who: z.string(), Created: z.string() });

/** A lock on the state of a stack. */
export interface StateLock {
  readonly stack: string;
  readonly key: string;
  readonly id: string;
  /** The operation that holds it, such as `OperationTypeApply`. */
  readonly operation: string;
  /** User and machine; the name of a build's machine is meaningless. */
  readonly who: string;
  /** When it was acquired, in UTC. */
  readonly since: string;
}

/** A build in progress. */
export interface RunningBuild {
  readonly id: string;
  /** The stack that its project deploys. */
  readonly stack: string;
  readonly since: Date | undefined;
}

/** How many builds of a project are read: a stage holds one execution at a time, so the last few are enough. */
const LATEST = 10;

/** Returns the locks of all stacks with their state in the folder `<hw_stack_name>/` of a state bucket. */
export async function readLocks(s3: S3Client, bucket: string, stackName: string): Promise<StateLock[]> {
  const folder = `${namesOfStack(stackName).stateFolder}/`;
  const locks: StateLock[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: folder })) {
    for (const { Key = "" } of page.Contents ?? []) {
      const stack = Key.endsWith(LOCK) ? parseStateKey(Key.slice(0, -LOCK.length))?.stackId : undefined;
      const lock = stack && (await readLock(s3, bucket, Key, stack));
      if (lock) locks.push(lock);
    }
  }
  return locks;
}

/** Removes a lock, unless it has been replaced by another. @returns whether it was removed */
export async function removeLock(s3: S3Client, bucket: string, lock: StateLock): Promise<boolean> {
  const now = await readLock(s3, bucket, lock.key, lock.stack);
  if (now?.id !== lock.id) return false;
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: lock.key }));
  return true;
}

async function readLock(
  s3: S3Client,
  bucket: string,
  key: string,
  stack: string,
): Promise<StateLock | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const content = lockContent.parse(JSON.parse((await Body?.transformToString()) ?? ""));
    return {
      stack,
      key,
      id: content.ID,
      operation: content.Operation,
      who: content.Who,
      since: content.Created,
    };
  } catch (error) {
    // Released since it was listed.
    if (error instanceof NoSuchKey) return undefined;
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new Error(`s3://${bucket}/${key} is not a Terraform lock. Look at it yourself.`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** Returns the builds in progress of the projects that are tagged with the stack that they deploy. */
export async function runningBuilds(codebuild: CodeBuildClient, stackName: string): Promise<RunningBuild[]> {
  const prefix = namesOfStack(stackName).project("");
  const names: string[] = [];
  for await (const { projects } of paginateListProjects({ client: codebuild }, {})) {
    names.push(...(projects ?? []).filter((name) => name.startsWith(prefix)));
  }
  const running: RunningBuild[] = [];
  // BatchGetProjects takes a hundred names.
  for (let from = 0; from < names.length; from += 100) {
    const { projects } = await codebuild.send(
      new BatchGetProjectsCommand({ names: names.slice(from, from + 100) }),
    );
    for (const { name, tags } of projects ?? []) {
      const stack = tags?.find(({ key }) => key === deploysTag)?.value;
      if (stack) running.push(...(await runningOf(codebuild, name!, stack)));
    }
  }
  return running;
}

async function runningOf(codebuild: CodeBuildClient, projectName: string, stack: string) {
  const { ids = [] } = await codebuild.send(
    new ListBuildsForProjectCommand({ projectName, sortOrder: "DESCENDING" }),
  );
  if (ids.length === 0) return [];
  const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: ids.slice(0, LATEST) }));
  return (builds ?? [])
    .filter(({ buildStatus }) => buildStatus === "IN_PROGRESS")
    .map(({ id, startTime }): RunningBuild => ({ id: id!, stack, since: startTime }));
}

/**
 * Two applies at once corrupt a state: there is no fencing, and removing a lock does not stop the apply that held it.
 *
 * @param outcome the beginning of the error, such as "Not removed"
 * @throws while a build works on the stack
 */
export function refuseWhileBuilding(outcome: string, stack: string, builds: readonly RunningBuild[]): void {
  const build = builds.find((one) => one.stack === stack);
  if (!build) return;
  throw new Error(
    `${outcome}: build ${build.id} works on ${stack}. Wait until it has finished, or stop it ` +
      `(aws codebuild stop-build --id ${build.id}), and try again.`,
  );
}

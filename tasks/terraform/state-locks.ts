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

/** What Terraform writes into a lock (internal/states/statemgr/locker.go), as far as it is read here. */
const lockContent = z.object({ ID: z.string(), Operation: z.string(), Who: z.string(), Created: z.string() });

/** A lock on the state of a stack. */
export interface StateLock {
  readonly stack: string;
  readonly key: string;
  readonly id: string;
  /** What the one who took it does, such as `OperationTypeApply`. */
  readonly operation: string;
  /** User and machine; a build's machine has a name that says nothing. */
  readonly who: string;
  /** When it was taken, in UTC. */
  readonly since: string;
}

/** A build that is under way. */
export interface RunningBuild {
  readonly id: string;
  /** The stack its project deploys. */
  readonly stack: string;
  readonly since: Date | undefined;
}

/** Builds that a project is asked for: a stage lets one execution in at a time, so the last few are enough. */
const LATEST = 10;

/** The locks in a state bucket, of all stacks that keep their state in the folder `<hw_stack_name>/`. */
export async function readLocks(s3: S3Client, bucket: string, stackName: string): Promise<StateLock[]> {
  const folder = `${stackName}/`;
  const locks: StateLock[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: folder })) {
    for (const { Key = "" } of page.Contents ?? []) {
      const stack = /^(.+)\.tfstate\.tflock$/.exec(Key.slice(folder.length))?.[1];
      const lock = stack && (await readLock(s3, bucket, Key, stack));
      if (lock) locks.push(lock);
    }
  }
  return locks;
}

/** Removes a lock, unless it is another one by now. @returns whether it was removed */
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

/** The builds that work on a stack now: those of the projects that are tagged with the stack they deploy. */
export async function runningBuilds(codebuild: CodeBuildClient, stackName: string): Promise<RunningBuild[]> {
  const names: string[] = [];
  for await (const { projects } of paginateListProjects({ client: codebuild }, {})) {
    names.push(...(projects ?? []).filter((name) => name.startsWith(`${stackName}-`)));
  }
  const running: RunningBuild[] = [];
  // BatchGetProjects takes a hundred names.
  for (let from = 0; from < names.length; from += 100) {
    const { projects } = await codebuild.send(
      new BatchGetProjectsCommand({ names: names.slice(from, from + 100) }),
    );
    for (const { name, tags } of projects ?? []) {
      const stack = tags?.find(({ key }) => key === "deploys")?.value;
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
 * Two at once spoil a state: there is no fencing, a lock that is gone does not stop the apply under it.
 *
 * @param outcome what the error begins with, such as "Not removed"
 * @throws while a build works on the stack
 */
export function refuseWhileBuilding(outcome: string, stack: string, builds: readonly RunningBuild[]): void {
  const build = builds.find((one) => one.stack === stack);
  if (!build) return;
  throw new Error(
    `${outcome}: build ${build.id} works on ${stack}. Wait for its end, or stop it ` +
      `(aws codebuild stop-build --id ${build.id}) and look again.`,
  );
}

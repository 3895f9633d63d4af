import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Settings } from "../../settings";
import { namesOfStack, parseStateKey, stackIds } from "../../stacks/names";
import type { BranchEnvironment } from "./settings";
import { stateIn, storedState } from "../terraform/state-files";

/** The deployed stacks of a branch. */
export interface BranchStacks {
  /** Its `hw_stack_name`, with which all of its names start. */
  readonly name: string;
  /** Undefined where the apply that records it was interrupted. */
  readonly branch?: string;
  readonly environment?: BranchEnvironment;
  readonly since?: Date;
  /** The ids of the stacks that have a state, in the order in which they are removed. */
  readonly stacks: readonly string[];
  /** The URL of its API, once it is deployed. */
  readonly address?: string;
}

/** Returns the stacks of all branches that have a state. */
export async function allBranches(s3: S3Client, settings: Settings): Promise<BranchStacks[]> {
  const { hw_stack_name: stackName, pipeline_state_bucket_name: bucket } = settings;
  const found = new Map<string, string[]>();
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: `${stackName}_` });
  for await (const { Contents = [] } of pages) {
    for (const { Key = "" } of Contents) {
      const state = parseStateKey(Key);
      if (state) found.set(state.stackName, [...(found.get(state.stackName) ?? []), state.stackId]);
    }
  }
  return Promise.all([...found].map(([name, stacks]) => branchStacks(s3, bucket, name, stacks)));
}

async function branchStacks(
  s3: S3Client,
  bucket: string,
  name: string,
  stacks: readonly string[],
): Promise<BranchStacks> {
  const names = namesOfStack(name);
  const branch = names.parameter("pipeline_githubBranch");
  const environment = names.parameter("pipeline_environment");
  const { Parameters = [] } = await new SSMClient().send(
    new GetParametersCommand({ Names: [branch, environment] }),
  );
  const parameter = (wanted: string) => Parameters.find(({ Name }) => Name === wanted);
  const service = stacks.find((stack) => stack.startsWith(stackIds.service("")));
  const stored = service && (await storedState(s3, { bucket, key: names.stateKey(service) }));
  return {
    name,
    branch: parameter(branch)?.Value,
    environment: parameter(environment)?.Value as BranchEnvironment | undefined,
    since: parameter(branch)?.LastModifiedDate,
    stacks: [...stacks].sort((a, b) => layer(a) - layer(b)),
    address: stored ? (stateIn(stored)?.outputs.api_url as string | undefined) : undefined,
  };
}

/** The pipeline goes first, which would deploy the service again; the state stack last, which has the boundaries. */
function layer(stack: string): number {
  return [stackIds.pipeline, stackIds.service(""), stackIds.state].findIndex((kind) =>
    stack.startsWith(kind),
  );
}

/**
 * Deletes the empty states of a branch's stacks, with old versions and locks.
 *
 * @throws when a state still has a resource: only the state knows of it
 */
export async function deleteStates(
  s3: S3Client,
  bucket: string,
  { name, stacks }: BranchStacks,
): Promise<void> {
  const { stateKey, stateFolder } = namesOfStack(name);
  for (const stack of stacks) {
    const stored = await storedState(s3, { bucket, key: stateKey(stack) });
    if (stored.kind === "damaged" || (stored.kind === "readable" && stored.state.addresses.size > 0)) {
      throw new Error(
        `The state of ${stack} in s3://${bucket}/${stateFolder}/ is not empty, so it was kept.`,
      );
    }
  }
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `${stateFolder}/` }),
    );
    const all = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (all.length === 0) return;
    // A page has a thousand, which is what one request deletes.
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: all, Quiet: true } }),
    );
    const [error] = Errors;
    if (error) throw new Error(`s3://${bucket}/${error.Key} could not be deleted: ${error.Message}`);
  }
}

import {
  DeleteFunctionCommand,
  paginateListVersionsByFunction,
  ResourceConflictException,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { functionNames } from "../../stacks/functions";
import type { Environment, Names } from "../../stacks/names";
import { readReleases } from "./releases";

/** A version that was deleted. */
export interface Pruned {
  readonly functionName: string;
  readonly version: string;
}

/**
 * Deletes the versions of an environment's functions that belong to none of the last deployments. A version that an
 * alias points to stays, and so does one that is newer than those of the last deployment: another execution may be about
 * to release it.
 *
 * @param kept how many deployments keep their versions
 * @returns what was deleted
 */
export async function pruneVersions(
  lambda: LambdaClient,
  names: Names,
  environment: Environment,
  kept: number,
): Promise<Pruned[]> {
  const deployments = (await readReleases(lambda, names, environment)).slice(0, kept);
  const pruned: Pruned[] = [];
  for (const name of functionNames) {
    const functionName = names.function(environment, name);
    const used = deployments.flatMap(({ versions }) => versions[name] ?? []);
    const newest = Math.max(...used.map(Number), 0);
    const unused = (await readVersions(lambda, functionName)).filter(
      (version) => !used.includes(version) && Number(version) < newest,
    );
    for (const version of unused)
      if (await deleteVersion(lambda, functionName, version)) pruned.push({ functionName, version });
  }
  return pruned;
}

async function readVersions(lambda: LambdaClient, FunctionName: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { Versions = [] } of paginateListVersionsByFunction({ client: lambda }, { FunctionName }))
    // Without $LATEST, which is not a version: to delete it is to delete the function.
    found.push(...Versions.map(({ Version = "" }) => Version).filter((version) => /^\d+$/.test(version)));
  return found;
}

/** Deletes a version. @returns false where Lambda refuses to, because an alias points to it */
async function deleteVersion(
  lambda: LambdaClient,
  FunctionName: string,
  Qualifier: string,
): Promise<boolean> {
  try {
    await lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));
    return true;
  } catch (error) {
    if (error instanceof ResourceConflictException) return false;
    throw error;
  }
}

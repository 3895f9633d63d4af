/**
 * Deletes the versions of an environment's functions that rollback does not offer: `node prune-versions.js ENVIRONMENT`.
 * A version that cannot be deleted does not fail the deployment.
 */
import { LambdaClient } from "@aws-sdk/client-lambda";
import { readSettings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { pruneVersions } from "../releases/prune";
import { runProgram } from "../program";

async function main([environment = ""]: readonly string[]): Promise<void> {
  const settings = readSettings();
  const kept = settings.service_kept_versions;
  try {
    const pruned = await pruneVersions(new LambdaClient(), namesOf(settings), environment, kept);
    for (const { functionName, version } of pruned)
      console.log(
        `Deleted version ${version} of ${functionName}: it is older than the last ${kept} deployments.`,
      );
  } catch (error) {
    console.log(
      `Old versions of functions were not deleted: ${(error as Error).message}. The next deployment tries it again.`,
    );
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(() => main(process.argv.slice(2)));

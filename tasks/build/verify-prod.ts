/**
 * Verifies production after its releases: `node verify-prod.js`, with the variables that DeployOnProd exports. If production
 * does not work, returns the functions that the run released to their previous versions, and fails.
 */
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { readSettings } from "../../settings";
import { apiFunction, releaseVariables } from "../../stacks/functions";
import { namesOf, releasedEnvironment, type Names } from "../../stacks/names";
import { runProgram } from "../program";
import { releasedVersions, type ReleasedVersion } from "../releases/released-version";
import { goLive, isReleasing, readLive } from "../releases/releases";
import { serviceClient, type Send } from "../service-client/service-client";
import { deleteVerificationDocument, verify, type VerificationLimits } from "../releases/verification";

interface Clients {
  readonly lambda: LambdaClient;
  readonly codepipeline: CodePipelineClient;
  /** Sends requests that the API authorizes; default: requests of anyone. */
  readonly send?: Send;
}

/**
 * Verifies production, and rolls back what the run released if it does not work.
 *
 * @returns what was done, for the log
 * @throws Error if production does not work
 */
export async function verifyProduction(
  clients: Clients,
  names: Names,
  environment: NodeJS.ProcessEnv,
  limits?: VerificationLimits,
): Promise<string> {
  const url = environment.API_URL ?? "";
  const released = releasedVersions(environment);
  const { [apiFunction]: api } = await readLive(clients.lambda, names, [apiFunction]);
  const version = environment[releaseVariables(apiFunction).version];
  // A version that waits for bootstrap is not live.
  const isLive = api.version === version;
  try {
    await verify(url, isLive ? version : undefined, limits, clients.send);
    return "Production works: it answers, and it has stored, processed and deleted a document.";
  } catch (error) {
    const { message } = error as Error;
    const changed = await changedMeanwhile(clients.lambda, names, released);
    if (changed !== undefined)
      return `Production was changed while it was verified: ${changed}. The run that released this version verifies it.\n${message}`;
    throw new Error(`Production does not work: ${message}\n${await rollBack(clients, names, released)}`, {
      cause: error,
    });
  } finally {
    await deleteLeftover(url, clients.send);
  }
}

/** Returns which function no longer has the version of this run, such as `hw-prod-api is version 8`. */
async function changedMeanwhile(
  lambda: LambdaClient,
  names: Names,
  released: readonly ReleasedVersion[],
): Promise<string | undefined> {
  const live = await readLive(
    lambda,
    names,
    released.map(({ name }) => name),
  );
  const changed = released.find(({ name, version }) => live[name].version !== version);
  return changed && `${live[changed.name].name} is version ${live[changed.name].version}`;
}

/** Returns functions to their previous versions. @returns what was done, or why nothing was */
async function rollBack(
  { lambda, codepipeline }: Clients,
  names: Names,
  released: readonly ReleasedVersion[],
): Promise<string> {
  if (released.length === 0)
    return "This run released no version, so nothing was rolled back. Look at the logs of the functions.";
  if (await isReleasing(codepipeline, names.pipeline))
    return "Nothing was rolled back, because a later run is shifting traffic. It verifies production too.";
  if (released.some(({ previous }) => previous === undefined))
    return "Nothing was rolled back: the previous version is not known, because another run had not finished when this one was deployed. Choose a commit with `npm run rollback`.";
  const live = await readLive(
    lambda,
    names,
    released.map(({ name }) => name),
  );
  await goLive(lambda, live, {
    versions: Object.fromEntries(released.map(({ name, previous }) => [name, previous])),
  });
  const moved = released.map(
    ({ name, version, previous }) => `  ${live[name].name}: version ${version} -> ${previous}`,
  );
  return [
    "The release was rolled back:",
    ...moved,
    "What the commit changed in addition to functions stays deployed. Fix or revert the commit, and push.",
  ].join("\n");
}

/** Deletes the document that a failed verification left. With the previous version, the API is more likely to do so. */
async function deleteLeftover(url: string, send: Send | undefined): Promise<void> {
  try {
    await deleteVerificationDocument(url, send);
  } catch (error) {
    console.error(`The document of the verification was not deleted: ${(error as Error).message}`);
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(async () => {
    const settings = readSettings();
    const clients = {
      lambda: new LambdaClient(),
      codepipeline: new CodePipelineClient(),
      send: serviceClient(settings, releasedEnvironment),
    };
    console.log(await verifyProduction(clients, namesOf(settings), process.env));
  });
}

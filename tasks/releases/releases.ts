import { GetPipelineStateCommand, type CodePipelineClient } from "@aws-sdk/client-codepipeline";
import {
  GetAliasCommand,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
  type FunctionConfiguration,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  apiFunction,
  functionNames,
  releaseStage,
  versionsVariable,
  type ServiceFunction,
} from "../../stacks/functions";
import { liveAlias, releasedEnvironment, type Environment, type Names } from "../../stacks/names";

/** The stages that release functions. */
const releaseStages = functionNames.map(releaseStage);

/** The versions of functions, by the function's name. A function that was added later has none in an earlier release. */
export type Versions = Readonly<Partial<Record<ServiceFunction, string>>>;

/** What a commit that changed a function is in production: a version of each function. */
export interface Release {
  readonly commit: string;
  /** When the version of the API was published, ISO 8601. */
  readonly at: string;
  readonly versions: Versions;
}

/** The version that the alias of a function points to. */
export interface LiveVersion {
  readonly name: string;
  readonly version: string;
  /** Lambda refuses an update of the alias if it was changed since it was read. */
  readonly revision: string | undefined;
}

export type Live = Readonly<Record<ServiceFunction, LiveVersion>>;

/** Returns the commits that changed a function, the newest first, from the versions of the API's function. */
export async function readReleases(
  lambda: LambdaClient,
  names: Names,
  environment: Environment = releasedEnvironment,
): Promise<Release[]> {
  const releases: Release[] = [];
  const pages = paginateListVersionsByFunction(
    { client: lambda },
    { FunctionName: names.function(environment, apiFunction) },
  );
  for await (const { Versions: published = [] } of pages) {
    for (const version of published) {
      const [commit, versions] = [version.Environment?.Variables?.COMMIT, versionsOf(version)];
      if (version.Version === "$LATEST" || !commit || !versions) continue;
      releases.push({ commit, at: version.LastModified ?? "", versions });
    }
  }
  return releases.sort((one, other) => apiVersion(other) - apiVersion(one));
}

/** Returns the versions that were deployed with a version of the API's function; undefined if it does not say. */
export function versionsOf({
  Version,
  Environment,
  Description,
}: FunctionConfiguration): Versions | undefined {
  const others = Environment?.Variables?.[versionsVariable];
  if (others !== undefined) return { ...(JSON.parse(others) as Versions), [apiFunction]: Version };
  // Before 0.1.0 the description of the version had the only other function's.
  const recordObject = /^With version (\d+) of /.exec(Description ?? "")?.[1];
  if (recordObject === undefined) return undefined;
  const earlier: Readonly<Record<string, string>> = { "record-object": recordObject };
  return { ...earlier, [apiFunction]: Version };
}

/** The version of the API's function, by which releases are in order. */
export function apiVersion({ versions }: Pick<Release, "versions">): number {
  return Number(versions[apiFunction]);
}

/** Reads the aliases of production's functions, by default of all. */
export async function readLive(
  lambda: LambdaClient,
  names: Names,
  of: readonly ServiceFunction[] = functionNames,
): Promise<Live> {
  const live = of.map(async (name): Promise<[ServiceFunction, LiveVersion]> => {
    const FunctionName = names.function(releasedEnvironment, name);
    const { FunctionVersion = "", RevisionId } = await lambda.send(
      new GetAliasCommand({ FunctionName, Name: liveAlias }),
    );
    return [name, { name: FunctionName, version: FunctionVersion, revision: RevisionId }];
  });
  return Object.fromEntries(await Promise.all(live)) as Live;
}

/** Shifts all traffic at once. An alias that an interrupted rollout left with two versions has one after it. */
export async function goLive(
  lambda: LambdaClient,
  live: Live,
  { versions }: Pick<Release, "versions">,
): Promise<void> {
  for (const name of functionNames) {
    const version = versions[name];
    if (version === undefined) continue;
    await lambda.send(
      new UpdateAliasCommand({
        FunctionName: live[name].name,
        Name: liveAlias,
        FunctionVersion: version,
        RoutingConfig: { AdditionalVersionWeights: {} },
        RevisionId: live[name].revision,
      }),
    );
  }
}

/** Returns whether a stage of a pipeline shifts traffic. None does while the stage before them runs. */
export async function isReleasing(client: CodePipelineClient, pipeline: string): Promise<boolean> {
  return (await busyStage(client, pipeline, releaseStages)) !== undefined;
}

/** Returns whether it is still open which versions stay live: a stage of a pipeline shifts traffic, or verifies production. */
export async function isUnsettled(client: CodePipelineClient, pipeline: string): Promise<boolean> {
  return (await busyStage(client, pipeline, [...releaseStages, "VerifyProd"])) !== undefined;
}

/** @throws Error while the pipeline deploys production or shifts its traffic, which it would continue */
export async function refuseWhileReleasing(client: CodePipelineClient, pipeline: string): Promise<void> {
  const busy = await busyStage(client, pipeline, ["DeployOnProd", ...releaseStages]);
  if (!busy) return;
  const id = busy.latestExecution?.pipelineExecutionId;
  throw new Error(
    `Nothing was changed: the pipeline is in ${busy.stageName}. Wait until it has finished, or stop it:\n  aws codepipeline stop-pipeline-execution --abandon --pipeline-name ${pipeline} --pipeline-execution-id ${id}`,
  );
}

async function busyStage(client: CodePipelineClient, name: string, stages: readonly string[]) {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name }));
  return stageStates.find(
    ({ stageName = "", latestExecution }) =>
      stages.includes(stageName) && latestExecution?.status === "InProgress",
  );
}

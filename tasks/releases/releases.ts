import { GetPipelineStateCommand, type CodePipelineClient } from "@aws-sdk/client-codepipeline";
import {
  GetAliasCommand,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";

/** The alias that callers use. */
export const LIVE = "live";

/** The stages in which production's functions get versions and traffic. */
const RELEASING = ["DeployOnProd", "ReleaseApi", "ReleaseRecordObject"];

/** What a commit is in production: a version of each function. */
export interface Release {
  readonly commit: string;
  /** When the version of the API was made, ISO 8601. */
  readonly at: string;
  readonly api: string;
  readonly recordObject: string;
}

/** Where the traffic of a function goes. */
export interface LiveVersion {
  readonly name: string;
  readonly version: string;
  /** By this Lambda knows that nobody has changed the alias since it was read. */
  readonly revision: string | undefined;
}

export interface Live {
  readonly api: LiveVersion;
  readonly recordObject: LiveVersion;
}

/**
 * Every commit that was deployed to production, the newest first. The commit is in the API's environment; the
 * version of record-object that belongs to it is in the description.
 */
export async function readReleases(lambda: LambdaClient, stack: string): Promise<Release[]> {
  const releases: Release[] = [];
  const FunctionName = `${stack}-prod-api`;
  for await (const { Versions = [] } of paginateListVersionsByFunction(
    { client: lambda },
    { FunctionName },
  )) {
    for (const { Version = "", Environment, Description = "", LastModified = "" } of Versions) {
      const commit = Environment?.Variables?.COMMIT;
      const recordObject = /^With version (\d+) of /.exec(Description)?.[1];
      if (Version === "$LATEST" || !commit || !recordObject) continue;
      releases.push({ commit, at: LastModified, api: Version, recordObject });
    }
  }
  return releases.sort((one, other) => Number(other.api) - Number(one.api));
}

export async function readLive(lambda: LambdaClient, stack: string): Promise<Live> {
  const read = async (name: string): Promise<LiveVersion> => {
    const { FunctionVersion = "", RevisionId } = await lambda.send(
      new GetAliasCommand({ FunctionName: name, Name: LIVE }),
    );
    return { name, version: FunctionVersion, revision: RevisionId };
  };
  return { api: await read(`${stack}-prod-api`), recordObject: await read(`${stack}-prod-record-object`) };
}

/** Moves all traffic at once. An alias that a broken-off rollout has left divided is whole again after it. */
export async function goLive(
  lambda: LambdaClient,
  live: Live,
  to: Pick<Release, "api" | "recordObject">,
): Promise<void> {
  for (const [{ name, revision }, version] of [
    [live.api, to.api],
    [live.recordObject, to.recordObject],
  ] as const) {
    await lambda.send(
      new UpdateAliasCommand({
        FunctionName: name,
        Name: LIVE,
        FunctionVersion: version,
        RoutingConfig: { AdditionalVersionWeights: {} },
        RevisionId: revision,
      }),
    );
  }
}

/** @throws Error while the pipeline deploys production or moves its traffic: it would go on with what it has begun */
export async function refuseWhileReleasing(client: CodePipelineClient, stack: string): Promise<void> {
  const name = `${stack}-pipeline`;
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name }));
  const busy = stageStates.find(
    ({ stageName = "", latestExecution }) =>
      RELEASING.includes(stageName) && latestExecution?.status === "InProgress",
  );
  if (!busy) return;
  const id = busy.latestExecution?.pipelineExecutionId;
  throw new Error(
    `Nothing was changed: the pipeline is in ${busy.stageName}. Wait for its end, or stop it:\n  aws codepipeline stop-pipeline-execution --abandon --pipeline-name ${name} --pipeline-execution-id ${id}`,
  );
}

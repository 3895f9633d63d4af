import type { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { ListActionExecutionsCommand, type CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { ResourceNotFoundException, type LambdaClient } from "@aws-sdk/client-lambda";
import { apiFunction, functionNames } from "../../stacks/functions";
import { approvalStage, releasedEnvironment, type Names } from "../../stacks/names";
import { readDelivery } from "../releases/delivery";
import { readLive, readReleases, type Release, type Versions } from "../releases/releases";
import type { Execution } from "./executions";

/** What production runs. */
export interface Production {
  /** The live versions of the functions. */
  readonly versions: Versions;
  /** The delivered commit, as `/health` has it; undefined where no deployment has this set of versions. */
  readonly commit?: string;
  /** The commit that last changed one of these versions, and when they were published. */
  readonly versionCommit?: string;
  readonly publishedAt?: string;
  /** A commit that was delivered later, and whose versions are not live: they are being released, or were rolled back. */
  readonly unreleased?: string;
  readonly approval?: Approval;
}

/** A reviewer's approval of a commit. */
export interface Approval {
  /** The ARN of the reviewer. */
  readonly by: string;
  readonly at?: Date;
}

export interface ProductionClients {
  readonly lambda: LambdaClient;
  readonly codepipeline: CodePipelineClient;
  readonly apigateway: ApiGatewayV2Client;
}

/** Returns what production runs; undefined before the first deployment. */
export async function readProduction(
  { lambda, codepipeline, apigateway }: ProductionClients,
  names: Names,
  executions: readonly Execution[],
): Promise<Production | undefined> {
  try {
    const [live, releases, delivery] = await Promise.all([
      readLive(lambda, names),
      readReleases(lambda, names),
      readDelivery(apigateway, names.service(releasedEnvironment)),
    ]);
    const versions = Object.fromEntries(functionNames.map((name) => [name, live[name].version]));
    const release = releases.find((one) => isLive(one, versions));
    if (!release) return { versions };
    const isReleased = delivery === undefined || delivery.version === release.versions[apiFunction];
    const { commit } = (isReleased && delivery) || release;
    // No reviewer was asked about a commit that changed nothing.
    const approval = await readApproval(codepipeline, names.pipeline, executions, [commit, release.commit]);
    return {
      versions,
      commit,
      versionCommit: release.commit,
      publishedAt: release.at,
      ...(!isReleased && { unreleased: delivery.commit }),
      ...(approval && { approval }),
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function isLive({ versions }: Release, live: Versions): boolean {
  return functionNames.every((name) => versions[name] === undefined || versions[name] === live[name]);
}

/** Returns the last approval of the first commit that has one; undefined where no reviewer was asked, or CodePipeline no longer knows. */
async function readApproval(
  codepipeline: CodePipelineClient,
  pipelineName: string,
  executions: readonly Execution[],
  commits: readonly string[],
): Promise<Approval | undefined> {
  const candidates = [...new Set(commits)].flatMap((commit) =>
    executions.filter((one) => one.commit === commit),
  );
  for (const { id } of candidates) {
    const { actionExecutionDetails = [] } = await codepipeline.send(
      new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId: id } }),
    );
    const approved = actionExecutionDetails.find(
      ({ stageName, actionName, status, updatedBy }) =>
        stageName === approvalStage && actionName === approvalStage && status === "Succeeded" && updatedBy,
    );
    if (approved) return { by: approved.updatedBy!, at: approved.lastUpdateTime };
  }
  return undefined;
}

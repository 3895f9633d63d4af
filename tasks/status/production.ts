import { ListActionExecutionsCommand, type CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { ResourceNotFoundException, type LambdaClient } from "@aws-sdk/client-lambda";
import { functionNames } from "../../stacks/functions";
import { approvalStage, type Names } from "../../stacks/names";
import { readLive, readReleases, type Release, type Versions } from "../releases/releases";
import type { Execution } from "./executions";

/** What production runs. */
export interface Production {
  /** The live versions of the functions. */
  readonly versions: Versions;
  /** The commit of these versions, and when they were published; undefined where no deployment has this set of versions. */
  readonly commit?: string;
  readonly publishedAt?: string;
  readonly approval?: Approval;
}

/** A reviewer's approval of a commit. */
export interface Approval {
  /** The ARN of the reviewer. */
  readonly by: string;
  readonly at?: Date;
}

/** Returns what production runs; undefined before the first deployment. */
export async function readProduction(
  lambda: LambdaClient,
  codepipeline: CodePipelineClient,
  names: Names,
  executions: readonly Execution[],
): Promise<Production | undefined> {
  try {
    const [live, releases] = await Promise.all([readLive(lambda, names), readReleases(lambda, names)]);
    const versions = Object.fromEntries(functionNames.map((name) => [name, live[name].version]));
    const release = releases.find((one) => isLive(one, versions));
    if (!release) return { versions };
    const approval = await readApproval(codepipeline, names.pipeline, executions, release.commit);
    return { versions, commit: release.commit, publishedAt: release.at, ...(approval && { approval }) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function isLive({ versions }: Release, live: Versions): boolean {
  return functionNames.every((name) => versions[name] === undefined || versions[name] === live[name]);
}

/** Returns the last approval of a commit; undefined where no reviewer was asked, or CodePipeline no longer knows. */
async function readApproval(
  codepipeline: CodePipelineClient,
  pipelineName: string,
  executions: readonly Execution[],
  commit: string,
): Promise<Approval | undefined> {
  for (const { id } of executions.filter((one) => one.commit === commit)) {
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

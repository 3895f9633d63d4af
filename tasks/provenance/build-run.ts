import {
  CodePipelineClient,
  ListActionExecutionsCommand,
  type ActionExecutionDetail,
} from "@aws-sdk/client-codepipeline";
import type { BuildRun } from "./statement";

/** An execution of a pipeline. */
export interface Run {
  readonly pipelineName: string;
  readonly pipelineExecutionId: string;
}

/** The actions of a run so far, as CodePipeline reports them: a commit cannot change them. */
export interface RunHistory {
  readonly source: ActionExecutionDetail | undefined;
  /** The newest successful one: a retried stage has several. */
  readonly unitTest: ActionExecutionDetail | undefined;
}

export async function readHistory(client: CodePipelineClient, run: Run): Promise<RunHistory> {
  const { pipelineName, pipelineExecutionId } = run;
  const { actionExecutionDetails = [] } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  // The newest first.
  const succeeded = (name: string) =>
    actionExecutionDetails.find(({ actionName, status }) => actionName === name && status === "Succeeded");
  return { source: succeeded("Source1"), unitTest: succeeded("UnitTest") };
}

/**
 * Returns the source of a run, and the build that made its artifact.
 *
 * @param arn returns the CodeBuild ARN of a resource such as `project/hw-UnitTest`
 * @throws Error that names what CodePipeline did not report
 */
export function buildRun(
  run: Run,
  { source, unitTest }: RunHistory,
  arn: (resource: string) => string,
): BuildRun {
  const { owner, repository, branch } = sourceOf(source?.input?.configuration ?? {});
  const id = unitTest?.output?.executionResult?.externalExecutionId;
  const known = {
    owner,
    repository,
    branch,
    commit: /^[0-9a-f]{40}$/.exec(source?.output?.outputVariables?.CommitId ?? "")?.[0],
    build: id,
    startedOn: unitTest?.startTime,
    finishedOn: unitTest?.lastUpdateTime,
  };
  const missing = Object.entries(known).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0) {
    throw new Error(
      `CodePipeline does not say what was built in execution ${run.pipelineExecutionId}: no ${missing.join(", ")}. ` +
        "Retry the stage; if that does not help, run npm run bootstrap.",
    );
  }
  return {
    repository: `https://github.com/${owner}/${repository}`,
    branch: known.branch!,
    commit: known.commit!,
    pipeline: run.pipelineName,
    execution: run.pipelineExecutionId,
    // CodeBuild's ids are `<project>:<uuid>`.
    project: arn(`project/${id!.split(":")[0]}`),
    build: arn(`build/${id}`),
    startedOn: known.startedOn!,
    finishedOn: known.finishedOn!,
  };
}

/** What a source action reads, whether with a token or through a connection. */
function sourceOf({ Owner, Repo, Branch, FullRepositoryId, BranchName }: Readonly<Record<string, string>>) {
  const [owner = Owner, repository = Repo] = FullRepositoryId?.split("/") ?? [];
  return { owner, repository, branch: BranchName ?? Branch };
}

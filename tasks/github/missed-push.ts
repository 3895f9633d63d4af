import {
  ListPipelineExecutionsCommand,
  StartPipelineExecutionCommand,
  type CodePipelineClient,
  type PipelineExecutionSummary,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import type { Settings } from "../../settings";
import { namesOf } from "../../stacks/names";
import type { GitHubApi } from "./api";

const branchAnswer = z.object({ commit: z.object({ sha: z.string() }) });

/**
 * Starts the pipeline when no execution has the newest commit of its branch. AWS and GitHub get a new webhook secret
 * one after the other; a push in between is signed with the previous one, AWS refuses it, and GitHub does not deliver it
 * again. An execution that was cancelled because its pipeline was updated is replaced as well. Commits that
 * `pipeline_ignore_paths` ignores were not missed.
 *
 * @param commitsSince counts the commits of the branch since a commit, without ignored ones
 * @param again starts it in any case: its earlier runs left a release to this bootstrap
 * @returns what was started and why; undefined when nothing was missed
 */
export async function startMissedPush(
  codepipeline: CodePipelineClient,
  gitHub: GitHubApi,
  settings: Settings,
  commitsSince: (commit: string) => Promise<number>,
  again = false,
): Promise<string | undefined> {
  const head = await newestCommit(gitHub, settings);
  if (head === undefined) return undefined;
  const pipelineName = namesOf(settings).pipeline;
  const { pipelineExecutionSummaries: [newest] = [] } = await codepipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName, maxResults: 1 }),
  );
  if (newest === undefined) return undefined;
  const isTaken = takes(newest, head) || (await takesOthers(newest, settings, commitsSince));
  if (isTaken && !again) return undefined;
  await codepipeline.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  if (isTaken) return `Started ${pipelineName} again, to release what waited for this bootstrap.`;
  return `${pipelineName} had not taken ${head}, the newest commit of ${settings.pipeline_githubBranch}: started it.`;
}

/** Whether an execution has the commit, or has not read the newest one yet. */
function takes({ status, sourceRevisions }: PipelineExecutionSummary, head: string): boolean {
  const revision = sourceRevisions?.[0]?.revisionId;
  if (revision === undefined) return status === "InProgress";
  return revision === head && status !== "Cancelled";
}

/** Whether an execution has every commit that is not ignored. */
async function takesOthers(
  execution: PipelineExecutionSummary,
  settings: Settings,
  commitsSince: (commit: string) => Promise<number>,
): Promise<boolean> {
  const revision = execution.sourceRevisions?.[0]?.revisionId;
  if (settings.pipeline_ignore_paths.length === 0 || revision === undefined) return false;
  // A branch that cannot be fetched, or no longer has the commit, can have been missed.
  return takes(execution, revision) && (await commitsSince(revision).catch(() => 1)) === 0;
}

/** Returns the newest commit of the pipeline's branch; undefined where the branch is not pushed yet. */
async function newestCommit(gitHub: GitHubApi, settings: Settings): Promise<string | undefined> {
  const { pipeline_githubOwner: owner, pipeline_githubRepo: name, pipeline_githubBranch: branch } = settings;
  const answer = await gitHub.request(`repos/${owner}/${name}/branches/${branch}`);
  if (answer.status === 404) return undefined;
  if (!answer.ok) {
    throw new Error(
      `GitHub answers ${answer.status} to a question about the branch ${branch}. The token needs the permission ` +
        "Contents (read); renew it as docs/runbooks/renew-github-token.md says.",
    );
  }
  return branchAnswer.parse(await answer.json()).commit.sha;
}

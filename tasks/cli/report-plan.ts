/**
 * Shows the plan of a pull request on GitHub: one comment, a commit status with the counts, and a label if something is
 * destroyed or replaced. It runs in the last job of `.github/workflows/plan.yml`, which has no credentials of the
 * account: `npm run report-plan -- FILE`, with the data that `npm run diff -- --json` printed.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { countsText, isDestructive } from "../diff/counts";
import { COMMENT_LIMIT, reportMarkdown } from "../diff/markdown";
import { exitStatus, statusOf, type DiffReport } from "../diff/report";
import { GitHubApi } from "../github/api";
import { setCommitStatus } from "../github/commit-status";
import { setLabel } from "../github/label";
import { PlanComment, type WorkflowRun } from "../github/plan-comment";
import { openPullRequests } from "../github/pull-requests";
import { runProgram, UsageError } from "../program";

/** The label of a pull request that destroys or replaces something. */
const LABEL = "destructive";

/** Characters of the comment's first line, which names the run. */
const MARKER_LIMIT = 200;

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const variables = z.object({
  GITHUB_TOKEN: z.string(),
  GITHUB_REPOSITORY: z.string(),
  GITHUB_RUN_ATTEMPT: z.coerce.number(),
  GITHUB_RUN_ID: z.string(),
  GITHUB_RUN_NUMBER: z.coerce.number(),
  GITHUB_SERVER_URL: z.string(),
  /** The pull request's branch and commit, from the event. */
  BRANCH: z.string(),
  COMMIT: z.string(),
});

/** What is shown of a plan. */
interface Shown {
  readonly markdown: string;
  /** Undefined if nothing could be planned. */
  readonly isDestructive: boolean | undefined;
  readonly state: "success" | "failure";
  readonly description: string;
}

/**
 * Shows a plan on GitHub.
 *
 * @param file of the plan's data; missing or empty if nothing could be planned
 */
export async function reportPlan(file: string, from: NodeJS.ProcessEnv = process.env): Promise<void> {
  const environment = variables.parse(from);
  const { GITHUB_REPOSITORY: repository, GITHUB_SERVER_URL: server, BRANCH, COMMIT } = environment;
  const api = new GitHubApi(environment.GITHUB_TOKEN, from.GITHUB_BASE_URL);
  const run = { number: environment.GITHUB_RUN_NUMBER, attempt: environment.GITHUB_RUN_ATTEMPT };
  const url = `${server}/${repository}/actions/runs/${environment.GITHUB_RUN_ID}`;
  const shown = shownOf(file, url);
  const { state, description } = shown;
  // One of them can fail, and the other is still shown.
  const results = await Promise.allSettled([
    setCommitStatus(api, repository, COMMIT, { context: "plan", state, description, url }),
    showOnPullRequests(api, repository, { branch: BRANCH, commit: COMMIT, run }, shown),
  ]);
  const failures = results.filter((one) => one.status === "rejected").map(({ reason }) => reason as Error);
  // Both say the same if GitHub cannot be reached.
  const messages = new Set(failures.map(({ message }) => message));
  if (messages.size > 0) throw new Error([...messages].join("\n"));
}

interface Source {
  readonly branch: string;
  readonly commit: string;
  readonly run: WorkflowRun;
}

async function showOnPullRequests(
  api: GitHubApi,
  repository: string,
  { branch, commit, run }: Source,
  { markdown, isDestructive: isLabelled }: Shown,
): Promise<void> {
  const issues = `repos/${repository}/issues`;
  for (const pull of await openPullRequests(api, repository, branch, commit)) {
    const isNewest = await new PlanComment(api, issues, pull).write(run, markdown);
    console.log(
      isNewest
        ? `The plan is shown in the pull request ${pull}.`
        : `The pull request ${pull} shows the plan of a newer run.`,
    );
    if (isNewest && isLabelled !== undefined) await setLabel(api, `${issues}/${pull}`, LABEL, isLabelled);
  }
}

function shownOf(file: string, url: string): Shown {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.trim() === "") {
    return {
      markdown: `### ❌ Plan: failed\n\nThe stacks could not be planned. [The log](${url}) says why.`,
      isDestructive: undefined,
      state: "failure",
      description: "The stacks could not be planned",
    };
  }
  const report = JSON.parse(text) as DiffReport;
  return {
    markdown: reportMarkdown(report, url, COMMENT_LIMIT - MARKER_LIMIT),
    isDestructive: isDestructive(report),
    state: statusOf(report) === exitStatus.failed ? "failure" : "success",
    description: countsText(report),
  };
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(async () => {
    const [file] = process.argv.slice(2);
    if (file === undefined) throw new UsageError("Usage: npm run report-plan -- FILE");
    await reportPlan(file);
  });
}

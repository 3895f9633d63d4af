/**
 * The Lambda function that sets a commit status on GitHub for each stage, when EventBridge sends it an event of the
 * pipeline. It is one of the pinned programs, so only an approved change of the pipeline replaces it.
 */
import { CodePipelineClient, GetPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { secretName } from "../../settings";
import { GitHubApi } from "../github/api";
import { setCommitStatus, type CommitStatus } from "../github/commit-status";
import { readSecret } from "../github/secret";

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html */
const stateChange = z.object({
  "detail-type": z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.object({
    pipeline: z.string(),
    "execution-id": z.string(),
    stage: z.string(),
    state: z.string(),
    type: z.object({ category: z.string() }).optional(),
  }),
});

export type StateChange = z.infer<typeof stateChange>;

type State = Pick<CommitStatus, "state" | "description">;

/** The status by the state of a stage. GitHub has none for a canceled one. */
const states: Readonly<Record<string, State>> = {
  STARTED: { state: "pending", description: "In progress" },
  RESUMED: { state: "pending", description: "In progress again" },
  SUCCEEDED: { state: "success", description: "Succeeded" },
  FAILED: { state: "failure", description: "Failed" },
  STOPPED: { state: "error", description: "Stopped" },
  CANCELED: { state: "error", description: "Canceled: the pipeline was updated" },
};

const waiting: State = { state: "pending", description: "Waiting for approval" };

/** SelfUpdate updates the pipeline, which cancels its own execution. */
const updated: State = { state: "success", description: "Updated the pipeline, which runs the commit again" };

/** The domain of the console, by partition. */
const consoles: Readonly<Record<string, string>> = {
  aws: "console.aws.amazon.com",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/**
 * Returns the commit status for an event; undefined if it changes none.
 *
 * @param quick stages whose start sets no status: the next event follows at once, and EventBridge does not keep the order
 */
export function statusOf(event: StateChange, quick: readonly string[]): CommitStatus | undefined {
  const { pipeline, stage } = event.detail;
  const found = stateOf(event, quick);
  return found && { context: `${pipeline}/${stage}`, ...found, url: pageOf(event) };
}

function stateOf(
  { "detail-type": kind, detail: { stage, state, type } }: StateChange,
  quick: readonly string[],
): State | undefined {
  if (kind === "CodePipeline Action Execution State Change")
    return type?.category === "Approval" && state === "STARTED" ? waiting : undefined;
  if (kind !== "CodePipeline Stage Execution State Change") return undefined;
  if (state === "CANCELED" && stage === "SelfUpdate") return updated;
  return state === "STARTED" && quick.includes(stage) ? undefined : states[state];
}

/** Returns the URL of the execution in the console. */
function pageOf({ region, resources, detail }: StateChange): string {
  const domain = consoles[resources[0]?.split(":")[1] ?? ""] ?? consoles.aws;
  const path = `codesuite/codepipeline/pipelines/${detail.pipeline}/executions/${detail["execution-id"]}/timeline`;
  return `https://${region}.${domain}/${path}?region=${region}`;
}

/** Sets the status. An error is in the function's log and its metric, and does not affect the execution. */
export async function handler(received: unknown): Promise<void> {
  const event = stateChange.parse(received);
  const { REPOSITORY = "", QUICK_STAGES = "" } = process.env;
  const status = statusOf(event, QUICK_STAGES.split(","));
  if (!status) return;
  const commit = await commitOf(event);
  // The source could not be read.
  if (commit === undefined) return;
  const { githubAccessToken } = await readSecret(new SecretsManagerClient());
  if (!githubAccessToken) {
    throw new Error(
      `The secret ${secretName} has no githubAccessToken. Store one with ${permission}, or turn commit statuses off ` +
        "with pipeline_commit_status=false and npm run bootstrap.",
    );
  }
  await setCommitStatus(new GitHubApi(githubAccessToken), REPOSITORY, commit, status, permission);
}

const permission = "Commit statuses (write), or the scope repo:status of a classic token";

async function commitOf({ detail }: StateChange): Promise<string | undefined> {
  const { pipelineExecution } = await new CodePipelineClient().send(
    new GetPipelineExecutionCommand({
      pipelineName: detail.pipeline,
      pipelineExecutionId: detail["execution-id"],
    }),
  );
  return pipelineExecution?.artifactRevisions?.[0]?.revisionId;
}

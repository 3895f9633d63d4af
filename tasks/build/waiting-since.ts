/** Prints since when a change waits for its delivery to production, for the approval: `node waiting-since.js`. */
import {
  CodePipelineClient,
  ListPipelineExecutionsCommand,
  paginateListPipelineExecutions,
  type PipelineExecutionSummary,
} from "@aws-sdk/client-codepipeline";
import { readSettings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { runProgram } from "../program";

/** The stage whose success changes production. */
const DELIVERY = "DeployOnProd";

/**
 * Returns when the oldest commit that production does not have came into the pipeline: the start of the first execution
 * after the one that last changed production.
 */
export async function waitingSince(client: CodePipelineClient, pipelineName: string): Promise<Date> {
  const delivered = await lastDelivery(client, pipelineName);
  const waiting = await executionsAfter(client, pipelineName, delivered);
  // An execution without a commit could not read its source.
  const others = waiting.filter((one) => ![undefined, commitOf(delivered)].includes(commitOf(one)));
  // Where there is no other commit, the same one is delivered again.
  const since = (others.at(-1) ?? waiting.at(-1))?.startTime;
  if (since) return since;
  throw new Error(`CodePipeline lists no running execution of ${pipelineName}. Retry the stage.`);
}

async function lastDelivery(
  client: CodePipelineClient,
  pipelineName: string,
): Promise<PipelineExecutionSummary | undefined> {
  // Stryker disable next-line ArrayDeclaration: an entry without an id is no execution.
  const { pipelineExecutionSummaries: [last] = [] } = await client.send(
    new ListPipelineExecutionsCommand({
      pipelineName,
      filter: { succeededInStage: { stageName: DELIVERY } },
      maxResults: 1,
    }),
  );
  return last;
}

/** Returns the executions after an execution, the newest first, as CodePipeline lists them. */
async function executionsAfter(
  client: CodePipelineClient,
  pipelineName: string,
  earlier: PipelineExecutionSummary | undefined,
): Promise<PipelineExecutionSummary[]> {
  // Stryker disable next-line ArrayDeclaration: an entry without a time is no execution.
  const after: PipelineExecutionSummary[] = [];
  // Stryker disable next-line ArrayDeclaration: an entry without a time is no execution.
  for await (const { pipelineExecutionSummaries = [] } of paginateListPipelineExecutions(
    { client },
    { pipelineName },
  )) {
    for (const execution of pipelineExecutionSummaries) {
      if (execution.pipelineExecutionId === earlier?.pipelineExecutionId) return after;
      after.push(execution);
    }
  }
  return after;
}

function commitOf(execution: PipelineExecutionSummary | undefined): string | undefined {
  return execution?.sourceRevisions?.[0]?.revisionId;
}

/** Returns a time as an approval shows it: `2026-11-29 10:31 UTC`. */
export function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
async function main(): Promise<void> {
  // A pipeline from before programs were pinned does not show it, and its role is not allowed to list executions.
  if (!process.env.PROGRAMS) return;
  console.log(minute(await waitingSince(new CodePipelineClient(), namesOf(readSettings()).pipeline)));
}

if (require.main === module) runProgram(main);

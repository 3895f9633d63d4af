import { CodePipelineClient, GetPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { cut, inert, visible } from "../../stacks/visible-text";

/** The characters of a subject in an approval's text, which has 1,000 altogether. */
const MOST = 200;

/**
 * Returns the first line of a commit's message that is not empty, with invisible characters escaped and variables
 * broken, so that no service, shell or template evaluates it.
 *
 * @param most its maximum length in characters (UTF-16)
 */
export function commitSubject(message: string, most = MOST): string {
  const line = message.split(/\r\n|[\n\r\u2028\u2029]/).find((one) => one.trim() !== "") ?? "";
  // Far more than is shown, but not the megabytes that a line can have.
  return cut(inert(visible(line.trim().slice(0, 10 * most))), most) || "(no message)";
}

/**
 * Returns the message of an execution's commit from CodePipeline. As a variable of an action, `#{Source1.CommitMessage}`
 * would be inserted into the JSON of a build's variables without escaping.
 */
export async function commitMessage(
  client: CodePipelineClient,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<string> {
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  return messageOf(pipelineExecution?.artifactRevisions?.[0]?.revisionSummary ?? "");
}

/** Through a connection, CodePipeline reports JSON: `{"ProviderType":"GitHub","CommitMessage":"…"}`. */
function messageOf(summary: string): string {
  try {
    const { ProviderType, CommitMessage } = JSON.parse(summary) as Record<string, unknown>;
    return typeof ProviderType === "string" && typeof CommitMessage === "string" ? CommitMessage : summary;
  } catch {
    return summary;
  }
}

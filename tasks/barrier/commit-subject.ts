import { CodePipelineClient, GetPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { cut, inert, visible } from "../../stacks/visible-text";

/** Characters of a subject in an approval, which has 1,000 for everything. */
const MOST = 200;

/**
 * Returns the first line of a commit's message that is not empty, as one line that shows all it holds and means
 * nothing to a service, a shell or a template that it passes.
 *
 * @param most the characters (UTF-16) that it has at most
 */
export function commitSubject(message: string, most = MOST): string {
  const line = message.split(/\r\n|[\n\r\u2028\u2029]/).find((one) => one.trim() !== "") ?? "";
  // Far more than is shown, and not the megabytes that a line can have.
  return cut(inert(visible(line.trim().slice(0, 10 * most))), most) || "(no message)";
}

/**
 * The message of the commit that an execution of a pipeline has taken from its source. CodePipeline is asked for it: as
 * a variable of an action, `#{Source1.CommitMessage}` would be put into the middle of the JSON that says which variables
 * a build gets.
 */
export async function commitMessage(
  client: CodePipelineClient,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<string> {
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  return pipelineExecution?.artifactRevisions?.[0]?.revisionSummary ?? "";
}

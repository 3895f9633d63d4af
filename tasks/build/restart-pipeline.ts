import {
  CodePipelineClient,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  StartPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { runProgram } from "../program";

/**
 * Starts the pipeline again if it was changed since this execution began: AWS cancels a running
 * execution when its pipeline is updated, and starts nothing by itself. The last command of SelfUpdate.
 */
export async function restartPipeline(
  client: CodePipelineClient,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<string> {
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  const { pipeline } = await client.send(new GetPipelineCommand({ name: pipelineName }));
  // Stryker disable next-line OptionalChaining: AWS answers with both, or with an error.
  if (pipelineExecution?.pipelineVersion === pipeline?.version) {
    return "The pipeline is the one this execution began with: nothing to start.";
  }
  const started = await client.send(
    new StartPipelineExecutionCommand({
      name: pipelineName,
      // The same token starts the same execution: a repeated build starts no second one.
      clientRequestToken: pipelineExecutionId,
    }),
  );
  return `The pipeline was updated; execution ${started.pipelineExecutionId} takes over.`;
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  // Who started the build: `codepipeline/<pipeline>`.
  const pipelineName = (process.env.CODEBUILD_INITIATOR ?? "").replace(/^codepipeline\//, "");
  const id = process.env.PIPELINE_EXECUTION_ID ?? "";
  runProgram(
    async () => console.log(await restartPipeline(new CodePipelineClient(), pipelineName, id)),
    ({ message }) => `The pipeline ${pipelineName} could not be started again: ${message}`,
  );
}

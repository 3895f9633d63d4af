import type {
  ActionExecutionDetail,
  ListActionExecutionsInput,
  ListActionExecutionsOutput,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name, page, pageOf } from "../check-input";
import { executionFilter, matchingRuns } from "../history";
import type { CodePipeline } from "../codepipeline";
import { masked } from "../declaration";
import type { ActionRun, Artifact, Execution } from "../execution";
import { shownError } from "../text-limits";

const schema = z.object({ pipelineName: name, filter: executionFilter, ...page });

/** Lists action runs, the newest first. */
export const listActionExecutions =
  (codepipeline: CodePipeline) =>
  (input: ListActionExecutionsInput): ListActionExecutionsOutput => {
    const { pipelineName, filter, ...page } = checkInput(schema, input);
    const runs = matchingRuns(codepipeline, pipelineName, filter, (execution) =>
      execution.actions.map((run) => ({ execution, run, startTime: run.startTime, key: keyOf(run) })),
    );
    const { items, nextToken } = pageOf(runs, ({ run }) => run.id, page);
    return { actionExecutionDetails: items.map(({ execution, run }) => detail(execution, run)), nextToken };
  };

function keyOf({ stage, declaration }: ActionRun): string {
  return `${stage}/${declaration.name}`;
}

function detail(execution: Execution, run: ActionRun): ActionExecutionDetail {
  const { declaration } = run;
  return {
    pipelineExecutionId: execution.id,
    actionExecutionId: run.id,
    pipelineVersion: execution.declaration.version,
    stageName: run.stage,
    actionName: declaration.name,
    startTime: run.startTime,
    lastUpdateTime: run.lastUpdateTime,
    updatedBy: run.updatedBy,
    status: run.status,
    input: {
      actionTypeId: declaration.actionTypeId,
      configuration: masked(declaration.configuration ?? {}),
      resolvedConfiguration: run.resolvedConfiguration,
      roleArn: declaration.roleArn,
      inputArtifacts: run.inputs.map(artifactDetail),
      namespace: declaration.namespace,
    },
    output: {
      outputArtifacts: run.status === "Succeeded" ? run.outputs.map(artifactDetail) : [],
      executionResult: {
        externalExecutionId: run.externalExecutionId,
        externalExecutionUrl: run.externalExecutionUrl,
        externalExecutionSummary: run.summary,
        errorDetails: shownError(run.error),
      },
      outputVariables: run.outputVariables ?? {},
    },
  };
}

function artifactDetail({ name, bucket, key }: Artifact) {
  return { name, s3location: { bucket, key } };
}

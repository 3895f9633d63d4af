import type {
  ListRuleExecutionsInput,
  ListRuleExecutionsOutput,
  RuleExecutionDetail,
} from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name, page, pageOf } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import type { Execution, RuleRun } from "../execution";
import { executionFilter, matchingRuns } from "../history";
import { shownError } from "../text-limits";

const schema = z.object({ pipelineName: name, filter: executionFilter, ...page });

/** Lists rule evaluations, the newest first. */
export const listRuleExecutions =
  (codepipeline: CodePipeline) =>
  (input: ListRuleExecutionsInput): ListRuleExecutionsOutput => {
    const { pipelineName, filter, ...page } = checkInput(schema, input);
    const runs = matchingRuns(codepipeline, pipelineName, filter, (execution) =>
      execution.rules.map((run) => ({ execution, run, startTime: run.at, key: keyOf(run) })),
    );
    const { items, nextToken } = pageOf(runs, ({ run }) => run.id, page);
    return { ruleExecutionDetails: items.map(({ execution, run }) => detail(execution, run)), nextToken };
  };

function keyOf({ stage, declaration }: RuleRun): string {
  return `${stage}/${declaration.name}`;
}

function detail(execution: Execution, run: RuleRun): RuleExecutionDetail {
  const { declaration } = run;
  return {
    pipelineExecutionId: execution.id,
    ruleExecutionId: run.id,
    pipelineVersion: execution.declaration.version,
    stageName: run.stage,
    ruleName: declaration.name,
    startTime: run.at,
    lastUpdateTime: run.at,
    status: run.status,
    input: {
      ruleTypeId: declaration.ruleTypeId,
      configuration: declaration.configuration,
      resolvedConfiguration: run.resolvedConfiguration,
      roleArn: declaration.roleArn,
      inputArtifacts: [],
    },
    output: {
      executionResult: { externalExecutionSummary: run.summary, errorDetails: shownError(run.error) },
    },
  };
}

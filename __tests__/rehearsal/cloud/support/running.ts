import type { PipelineDeclaration, RuleDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import type { Operation, Operations } from "../../../../rehearsal/cloud/cloud";
import { pipelineOperations } from "../../../../rehearsal/cloud/codepipeline/operations";
import { declaration, ROOT, scriptedCodePipeline, settled } from "./pipelines";

/** A pipeline that has been created, whose first execution waits for its source. */
export async function running(stages: StageDeclaration[], overrides: Partial<PipelineDeclaration> = {}) {
  const scripted = scriptedCodePipeline();
  const operations: Operations = pipelineOperations(scripted.codepipeline);
  const pipeline = scripted.codepipeline.create(declaration(stages, overrides), [], ROOT);
  await settled();
  return {
    ...scripted,
    pipeline,
    first: pipeline.executions[0]!,
    /** Calls an operation, and lets happen what it sets off. */
    ask: async <Output extends object>(operation: string, input: object): Promise<Output> => {
      const output = await (operations[operation] as Operation<object, Output>)(input, ROOT);
      await settled();
      return output;
    },
  };
}

/** A rule that holds when the variable `#{UnitTest.Digest}` is not `old`. */
export function changedDigest(name = "changed"): RuleDeclaration {
  return {
    name,
    ruleTypeId: { category: "Rule", owner: "AWS", provider: "VariableCheck", version: "1" },
    configuration: { Variable: "#{UnitTest.Digest}", Operator: "NE", Value: "old" },
  };
}

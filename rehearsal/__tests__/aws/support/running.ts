import type { PipelineDeclaration, RuleDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import { toWire } from "../../../src/aws/aws-json";
import { CallLog } from "../../../src/aws/call-log";
import type { Operation, Operations } from "../../../src/aws/operation";
import { pipelineOperations } from "../../../src/aws/codepipeline/operations";
import { checkConstraints } from "../../../src/aws/model/check-constraints";
import { readInput } from "../../../src/aws/model/read-input";
import { serviceModel } from "../../../src/aws/model/service-model";
import { declaration, ROOT, scriptedCodePipeline, settled } from "./pipelines";

/** A pipeline that has been created, whose first execution waits for its source. */
export async function running(stages: StageDeclaration[], overrides: Partial<PipelineDeclaration> = {}) {
  const scripted = scriptedCodePipeline();
  const operations: Operations = pipelineOperations(scripted.codepipeline);
  const pipeline = scripted.codepipeline.create(declaration(stages, overrides), [], ROOT);
  await settled();
  const model = serviceModel("codepipeline");
  const calls = CallLog.fromEnvironment();
  return {
    ...scripted,
    pipeline,
    first: pipeline.executions[0]!,
    /** Calls an operation as the endpoint does, and lets happen what it sets off. */
    ask: async <Output extends object>(operation: string, input: object): Promise<Output> => {
      const log = (status: number, answer: object) =>
        calls?.add({ service: "codepipeline", operation, input: JSON.stringify(input), status, answer });
      try {
        const read = readInput(model, operation, input);
        checkConstraints(model, operation, read);
        const output = await (operations[operation] as Operation<object, Output>)(read, ROOT);
        log(200, toWire(output) as object);
        await settled();
        return output;
      } catch (error) {
        log(400, { __type: (error as Error).name });
        throw error;
      }
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

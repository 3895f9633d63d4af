import type { StartPipelineExecutionInput, StartPipelineExecutionOutput } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import { checkInput, name } from "../check-input";
import type { CodePipeline } from "../codepipeline";
import type { Pipeline } from "../pipeline";

const schema = z.object({
  name,
  variables: z.array(z.object({ name, value: z.string().min(1).max(1000) })).optional(),
  sourceRevisions: z
    .array(
      z.object({
        actionName: name,
        revisionType: z.enum(["COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"]),
        revisionValue: z.string().min(1),
      }),
    )
    .optional(),
});

type Input = z.infer<typeof schema>;

export const startPipelineExecution =
  (codepipeline: CodePipeline) =>
  (input: StartPipelineExecutionInput, caller: string): StartPipelineExecutionOutput => {
    const { name, variables = [], sourceRevisions = [] } = checkInput(schema, input);
    const pipeline = codepipeline.get(name);
    const trigger = { triggerType: "StartPipelineExecution", triggerDetail: caller } as const;
    const overrides = {
      variables: variablesOf(pipeline, variables),
      revisions: revisionsOf(pipeline, sourceRevisions),
    };
    return { pipelineExecutionId: codepipeline.start(pipeline, trigger, overrides).id };
  };

function variablesOf(
  { name, declaration }: Pipeline,
  variables: NonNullable<Input["variables"]>,
): Record<string, string> {
  const declared = declaration.variables ?? [];
  const unknown = variables.find((variable) => !declared.some(({ name }) => name === variable.name));
  if (unknown) throw invalid(`Pipeline '${name}' has no variable '${unknown.name}'`);
  return Object.fromEntries(variables.map((variable) => [variable.name, variable.value]));
}

function revisionsOf(
  { name, declaration }: Pipeline,
  sourceRevisions: NonNullable<Input["sourceRevisions"]>,
): Map<string, string> {
  const sources = declaration.stages![0]!.actions!;
  const revisions = new Map<string, string>();
  for (const { actionName, revisionType, revisionValue } of sourceRevisions) {
    if (!sources.some((action) => action.name === actionName)) {
      throw invalid(`Pipeline '${name}' has no source action '${actionName}'`);
    }
    if (revisions.has(actionName)) throw invalid(`Action '${actionName}' has more than one source revision`);
    // All emulated sources are git repositories.
    if (revisionType !== "COMMIT_ID") {
      throw invalid(`The source action '${actionName}' takes a COMMIT_ID, not ${revisionType}`);
    }
    if (!/^[0-9a-f]{40}$/.test(revisionValue)) {
      throw invalid(`'${revisionValue}' is not a full commit ID of 40 digits`);
    }
    revisions.set(actionName, revisionValue);
  }
  return revisions;
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

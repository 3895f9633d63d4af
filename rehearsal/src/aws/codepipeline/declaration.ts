import type { ActionDeclaration, PipelineDeclaration } from "@aws-sdk/client-codepipeline";
import { z } from "zod";
import { checkInput, name } from "./check-input";

const artifact = z.object({ name });
const configuration = z.record(z.string(), z.string());

const action = z.object({
  name,
  actionTypeId: z.object({
    category: z.enum(["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"]),
    owner: z.enum(["AWS", "ThirdParty", "Custom"]),
    provider: z.string().min(1),
    version: z.string().regex(/^[0-9A-Za-z_-]{1,9}$/, "must satisfy the pattern [0-9A-Za-z_-]+"),
  }),
  runOrder: z.number().int().min(1).max(999).optional(),
  configuration: configuration.optional(),
  inputArtifacts: z.array(artifact).optional(),
  outputArtifacts: z.array(artifact).optional(),
  namespace: name.optional(),
  timeoutInMinutes: z.number().int().min(5).max(86400).optional(),
});

const condition = z.object({
  result: z.enum(["ROLLBACK", "FAIL", "RETRY", "SKIP"]).optional(),
  rules: z
    .array(
      z.object({
        name,
        ruleTypeId: z.object({ category: z.literal("Rule"), provider: z.string() }),
        configuration: configuration.optional(),
      }),
    )
    .min(1)
    .max(5),
});

const patterns = z.array(z.string().min(1).max(255)).min(1).max(8).optional();
const criteria = z.object({ includes: patterns, excludes: patterns }).optional();
const pushFilter = z.object({ branches: criteria, filePaths: criteria });

const declaration = z.object({
  name,
  roleArn: z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "must be the ARN of an IAM role"),
  artifactStore: z
    .object({
      type: z.literal("S3"),
      location: z.string().min(3).max(63),
      encryptionKey: z.object({ id: z.string().min(1), type: z.literal("KMS") }).optional(),
    })
    .optional(),
  stages: z.array(
    z.object({
      name,
      actions: z.array(action),
      beforeEntry: z.object({ conditions: z.array(condition).min(1).max(1) }).optional(),
      onFailure: z
        .object({
          result: z.enum(["ROLLBACK", "FAIL", "RETRY", "SKIP"]).optional(),
          retryConfiguration: z
            .object({ retryMode: z.enum(["FAILED_ACTIONS", "ALL_ACTIONS"]).optional() })
            .optional(),
        })
        .optional(),
    }),
  ),
  executionMode: z.enum(["SUPERSEDED", "QUEUED", "PARALLEL"]).optional(),
  pipelineType: z.enum(["V1", "V2"]).optional(),
  triggers: z
    .array(
      z.object({
        providerType: z.literal("CodeStarSourceConnection"),
        gitConfiguration: z.object({
          sourceActionName: name,
          push: z.array(pushFilter).min(1).max(3).optional(),
        }),
      }),
    )
    .optional(),
  variables: z.array(z.object({ name, defaultValue: z.string().optional() })).optional(),
});

const wholeInput = z.object({ pipeline: declaration });

/**
 * Validates a pipeline's structure, and returns it with CodePipeline's defaults. Unknown members are kept, so that they
 * are returned to clients.
 */
export function readDeclaration(input: { pipeline: PipelineDeclaration | undefined }): PipelineDeclaration {
  checkInput(wholeInput, input);
  const pipeline = input.pipeline!;
  return {
    ...pipeline,
    executionMode: pipeline.executionMode ?? "SUPERSEDED",
    pipelineType: pipeline.pipelineType ?? "V1",
    stages: pipeline.stages!.map((stage) => ({ ...stage, actions: stage.actions!.map(withDefaults) })),
  };
}

function withDefaults(action: ActionDeclaration): ActionDeclaration {
  return {
    ...action,
    runOrder: action.runOrder ?? 1,
    configuration: action.configuration ?? {},
    inputArtifacts: action.inputArtifacts ?? [],
    outputArtifacts: action.outputArtifacts ?? [],
  };
}

/** Returns the owner and provider of an action, such as `AWS/CodeBuild`. */
export function providerOf({ actionTypeId }: ActionDeclaration): string {
  return `${actionTypeId!.owner}/${actionTypeId!.provider}`;
}

/** Returns a configuration without its token, which CodePipeline never returns. */
export function masked(configuration: Readonly<Record<string, string>>): Record<string, string> {
  return { ...configuration, ...("OAuthToken" in configuration && { OAuthToken: "****" }) };
}

/** Returns a structure without its tokens. */
export function maskedDeclaration(pipeline: PipelineDeclaration): PipelineDeclaration {
  return {
    ...pipeline,
    stages: pipeline.stages!.map((stage) => ({
      ...stage,
      actions: stage.actions!.map((action) => ({
        ...action,
        configuration: masked(action.configuration ?? {}),
      })),
    })),
  };
}

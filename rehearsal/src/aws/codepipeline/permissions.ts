import type { Tag } from "@aws-sdk/client-codepipeline";
import type { AwsContext } from "../aws-context";
import { passRole, type CallPermissions, type PermissionsOf, type RequiredPermission } from "../permissions";
import type { PipelineOperations } from "./operations";

/**
 * Returns the permissions for CodePipeline, by the Service Authorization Reference. The resource of a stage is
 * `PIPELINE/STAGE`, of an action `PIPELINE/STAGE/ACTION`, of a webhook `webhook:NAME`.
 */
export function pipelinePermissions({ region, account }: AwsContext): PermissionsOf<PipelineOperations> {
  const arn = (resource: string) => `arn:aws:codepipeline:${region}:${account}:${resource}`;
  const onPipeline = (name: string | undefined): CallPermissions => ({ resources: [arn(`${name}`)] });
  const onStage = (input: {
    pipelineName: string | undefined;
    stageName: string | undefined;
  }): CallPermissions => ({
    resources: [arn(`${input.pipelineName}/${input.stageName}`)],
  });
  const onWebhook = (name: string | undefined): CallPermissions => ({ resources: [arn(`webhook:${name}`)] });
  const onTagged = ({ resourceArn }: { resourceArn: string | undefined }): CallPermissions => ({
    resources: [`${resourceArn}`],
  });

  return {
    CreatePipeline: ({ pipeline, tags }) => ({
      ...onPipeline(pipeline?.name),
      additional: [...passed(pipeline), ...tagging(arn(`${pipeline?.name}`), tags)],
    }),
    DeletePipeline: ({ name }) => onPipeline(name),
    DeleteWebhook: ({ name }) => onWebhook(name),
    DisableStageTransition: onStage,
    EnableStageTransition: onStage,
    GetPipeline: ({ name }) => onPipeline(name),
    GetPipelineExecution: ({ pipelineName }) => onPipeline(pipelineName),
    GetPipelineState: ({ name }) => onPipeline(name),
    ListActionExecutions: ({ pipelineName }) => onPipeline(pipelineName),
    ListPipelineExecutions: ({ pipelineName }) => onPipeline(pipelineName),
    ListPipelines: () => ({ resources: ["*"] }),
    ListRuleExecutions: ({ pipelineName }) => onPipeline(pipelineName),
    ListTagsForResource: onTagged,
    ListWebhooks: () => onWebhook("*"),
    OverrideStageCondition: onStage,
    PutApprovalResult: ({ pipelineName, stageName, actionName }) => ({
      resources: [arn(`${pipelineName}/${stageName}/${actionName}`)],
    }),
    PutWebhook: ({ webhook, tags }) => ({
      resources: [...onWebhook(webhook?.name).resources, ...onPipeline(webhook?.targetPipeline).resources],
      additional: tagging(arn(`webhook:${webhook?.name}`), tags),
    }),
    RetryStageExecution: onStage,
    StartPipelineExecution: ({ name }) => onPipeline(name),
    StopPipelineExecution: ({ pipelineName }) => onPipeline(pipelineName),
    TagResource: onTagged,
    UntagResource: onTagged,
    UpdatePipeline: ({ pipeline }) => ({ ...onPipeline(pipeline?.name), additional: passed(pipeline) }),
  };
}

/** The pipeline's role and the connections of its sources are passed to CodePipeline. */
function passed(pipeline: PassingPipeline | undefined): RequiredPermission[] {
  // The input is not validated yet: a stage or an action can be null.
  const connections = (pipeline?.stages ?? []).flatMap((stage) =>
    (stage?.actions ?? []).flatMap((action) => action?.configuration?.ConnectionArn ?? []),
  );
  return [
    ...passRole(pipeline?.roleArn, "codepipeline.amazonaws.com"),
    // The action has the service name of the ARN: codestar-connections or codeconnections.
    ...connections.map((resource) => ({ action: `${resource.split(":")[2]}:PassConnection`, resource })),
  ];
}

interface PassingStage {
  readonly actions?:
    | readonly ({ readonly configuration?: Readonly<Record<string, string>> } | null)[]
    | undefined;
}

interface PassingPipeline {
  readonly roleArn: string | undefined;
  readonly stages?: readonly (PassingStage | null)[];
}

/** Creating a resource with tags requires the permission to tag it. */
function tagging(resource: string, tags: readonly Tag[] | undefined): RequiredPermission[] {
  return tags?.length ? [{ action: "codepipeline:TagResource", resource }] : [];
}

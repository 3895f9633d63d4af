import type { Tag } from "@aws-sdk/client-codepipeline";
import type { AwsContext } from "../aws-context";
import { passRole, type Needs, type NeedsOf, type RequiredPermission } from "../permissions";
import type { PipelineOperations } from "./operations";

/**
 * What CodePipeline's operations need, by the Service Authorization Reference. There a stage is
 * `PIPELINE/STAGE`, an action `PIPELINE/STAGE/ACTION` and a webhook `webhook:NAME`.
 */
export function pipelineNeeds({ region, account }: AwsContext): NeedsOf<PipelineOperations> {
  const arn = (resource: string) => `arn:aws:codepipeline:${region}:${account}:${resource}`;
  const onPipeline = (name: string | undefined): Needs => ({ on: [arn(`${name}`)] });
  const onStage = (input: { pipelineName: string | undefined; stageName: string | undefined }): Needs => ({
    on: [arn(`${input.pipelineName}/${input.stageName}`)],
  });
  const onWebhook = (name: string | undefined): Needs => ({ on: [arn(`webhook:${name}`)] });
  const onTagged = ({ resourceArn }: { resourceArn: string | undefined }): Needs => ({
    on: [`${resourceArn}`],
  });

  return {
    CreatePipeline: ({ pipeline, tags }) => ({
      ...onPipeline(pipeline?.name),
      also: [...passed(pipeline), ...tagging(arn(`${pipeline?.name}`), tags)],
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
    ListPipelines: () => ({ on: ["*"] }),
    ListRuleExecutions: ({ pipelineName }) => onPipeline(pipelineName),
    ListTagsForResource: onTagged,
    ListWebhooks: () => onWebhook("*"),
    PutApprovalResult: ({ pipelineName, stageName, actionName }) => ({
      on: [arn(`${pipelineName}/${stageName}/${actionName}`)],
    }),
    PutWebhook: ({ webhook, tags }) => ({
      on: [...onWebhook(webhook?.name).on, ...onPipeline(webhook?.targetPipeline).on],
      also: tagging(arn(`webhook:${webhook?.name}`), tags),
    }),
    RetryStageExecution: onStage,
    StartPipelineExecution: ({ name }) => onPipeline(name),
    StopPipelineExecution: ({ pipelineName }) => onPipeline(pipelineName),
    TagResource: onTagged,
    UntagResource: onTagged,
    UpdatePipeline: ({ pipeline }) => ({ ...onPipeline(pipeline?.name), also: passed(pipeline) }),
  };
}

function passed(pipeline: { roleArn: string | undefined } | undefined): RequiredPermission[] {
  return passRole(pipeline?.roleArn, "codepipeline.amazonaws.com");
}

/** Making something with tags needs the right to tag it. */
function tagging(resource: string, tags: readonly Tag[] | undefined): RequiredPermission[] {
  return tags?.length ? [{ action: "codepipeline:TagResource", resource }] : [];
}

import type { Operations } from "../../operation";
import type { CodePipeline } from "../codepipeline";
import { createPipeline } from "./create-pipeline";
import { deletePipeline } from "./delete-pipeline";
import { deleteWebhook } from "./delete-webhook";
import { disableStageTransition } from "./disable-stage-transition";
import { enableStageTransition } from "./enable-stage-transition";
import { getPipeline } from "./get-pipeline";
import { getPipelineExecution } from "./get-pipeline-execution";
import { getPipelineState } from "./get-pipeline-state";
import { listActionExecutions } from "./list-action-executions";
import { listPipelineExecutions } from "./list-pipeline-executions";
import { listPipelines } from "./list-pipelines";
import { listRuleExecutions } from "./list-rule-executions";
import { listTagsForResource } from "./list-tags-for-resource";
import { listWebhooks } from "./list-webhooks";
import { overrideStageCondition } from "./override-stage-condition";
import { putApprovalResult } from "./put-approval-result";
import { putWebhook } from "./put-webhook";
import { retryStageExecution } from "./retry-stage-execution";
import { startPipelineExecution } from "./start-pipeline-execution";
import { stopPipelineExecution } from "./stop-pipeline-execution";
import { tagResource } from "./tag-resource";
import { untagResource } from "./untag-resource";
import { updatePipeline } from "./update-pipeline";

/** Returns the operations of CodePipeline by name. */
export function pipelineOperations(codepipeline: CodePipeline) {
  return {
    CreatePipeline: createPipeline(codepipeline),
    DeletePipeline: deletePipeline(codepipeline),
    DeleteWebhook: deleteWebhook(codepipeline),
    DisableStageTransition: disableStageTransition(codepipeline),
    EnableStageTransition: enableStageTransition(codepipeline),
    GetPipeline: getPipeline(codepipeline),
    GetPipelineExecution: getPipelineExecution(codepipeline),
    GetPipelineState: getPipelineState(codepipeline),
    ListActionExecutions: listActionExecutions(codepipeline),
    ListPipelineExecutions: listPipelineExecutions(codepipeline),
    ListPipelines: listPipelines(codepipeline),
    ListRuleExecutions: listRuleExecutions(codepipeline),
    ListTagsForResource: listTagsForResource(codepipeline),
    ListWebhooks: listWebhooks(codepipeline),
    OverrideStageCondition: overrideStageCondition(codepipeline),
    PutApprovalResult: putApprovalResult(codepipeline),
    PutWebhook: putWebhook(codepipeline),
    RetryStageExecution: retryStageExecution(codepipeline),
    StartPipelineExecution: startPipelineExecution(codepipeline),
    StopPipelineExecution: stopPipelineExecution(codepipeline),
    TagResource: tagResource(codepipeline),
    UntagResource: untagResource(codepipeline),
    UpdatePipeline: updatePipeline(codepipeline),
  } satisfies Operations;
}

export type PipelineOperations = ReturnType<typeof pipelineOperations>;

import type { Build } from "@aws-sdk/client-codebuild";
import type {
  ActionExecutionDetail,
  GetPipelineOutput,
  GetPipelineStateOutput,
  PipelineExecutionSummary,
  StageState,
} from "@aws-sdk/client-codepipeline";
import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { WebhookChange } from "../aws/state-change";
import type { Delivery } from "../github/server";
import { leavesArtifact } from "./plans";

/*
 * What the page shows, made from what AWS answers. Each of these names what it takes, so that nothing
 * else gets into a browser: an approval's token, a webhook's URL and a signature do not belong there.
 */

/** Characters of a text that has no limit of its own. */
const TEXT = 16 * 1024;

/** A pipeline's structure, and which execution each stage saw last. */
export function pipelineView({ pipeline }: GetPipelineOutput, state: GetPipelineStateOutput) {
  const states = new Map(state.stageStates?.map((stage) => [stage.stageName, stage]));
  return {
    name: pipeline!.name!,
    version: pipeline!.version,
    mode: pipeline!.executionMode,
    stages: (pipeline!.stages ?? []).map((stage) => ({
      name: stage.name!,
      actions: (stage.actions ?? []).map((action) => ({
        name: action.name!,
        order: action.runOrder ?? 1,
        category: action.actionTypeId?.category,
        provider: action.actionTypeId?.provider,
      })),
      ...stageView(states.get(stage.name)),
    })),
  };
}

function stageView(state: StageState | undefined) {
  const rules = (state?.beforeEntryConditionState?.conditionStates ?? []).flatMap(
    ({ ruleStates }) => ruleStates ?? [],
  );
  return {
    status: state?.latestExecution?.status,
    execution: state?.latestExecution?.pipelineExecutionId,
    waiting: (state?.inboundExecutions ?? []).map(({ pipelineExecutionId }) => pipelineExecutionId!),
    closed:
      state?.inboundTransitionState?.enabled === false
        ? (state.inboundTransitionState.disabledReason ?? "")
        : undefined,
    condition: rules
      .map(({ latestExecution }) => latestExecution?.summary)
      .filter(Boolean)
      .join(" "),
  };
}

/** One run of a pipeline with its actions, the first one first; an action that was retried comes again. */
export function executionView(
  pipeline: string,
  summary: PipelineExecutionSummary,
  details: readonly ActionExecutionDetail[],
) {
  const source = summary.sourceRevisions?.[0];
  return {
    pipeline,
    id: summary.pipelineExecutionId!,
    status: summary.status,
    summary: summary.statusSummary,
    started: summary.startTime,
    updated: summary.lastUpdateTime,
    trigger: summary.trigger?.triggerType,
    commit: source?.revisionId,
    message: cut(source?.revisionSummary),
    stopReason: summary.stopTrigger?.reason,
    actions: details.map((detail) => actionView(detail, details)),
  };
}

function actionView(detail: ActionExecutionDetail, all: readonly ActionExecutionDetail[]) {
  const { configuration, resolvedConfiguration, actionTypeId } = detail.input ?? {};
  const { executionResult, outputVariables } = detail.output ?? {};
  const isApproval = actionTypeId?.category === "Approval";
  const asked = resolvedConfiguration ?? configuration;
  return {
    id: detail.actionExecutionId!,
    stage: detail.stageName!,
    name: detail.actionName!,
    category: actionTypeId?.category,
    provider: actionTypeId?.provider,
    status: detail.status,
    started: detail.startTime,
    updated: detail.lastUpdateTime,
    summary: cut(executionResult?.externalExecutionSummary),
    error: cut(executionResult?.errorDetails?.message),
    build: actionTypeId?.provider === "CodeBuild" ? executionResult?.externalExecutionId : undefined,
    exported: Object.entries(outputVariables ?? {}).map(([name, value]) => ({ name, value: cut(value) })),
    asks: isApproval ? cut(asked?.CustomData) : undefined,
    /** Whether there may be a plan to read before the decision. */
    plan: isApproval && all.some((other) => leavesArtifact(other, detail)),
    link: isApproval ? asked?.ExternalEntityLink : undefined,
  };
}

/** How far a build has come. */
export function buildView({ currentPhase, phases }: Build) {
  return {
    phase: currentPhase,
    phases: (phases ?? []).map(({ phaseType, phaseStatus, durationInSeconds }) => ({
      name: phaseType,
      status: phaseStatus,
      seconds: durationInSeconds,
    })),
  };
}

export function alarmView(alarm: MetricAlarm) {
  return {
    name: alarm.AlarmName!,
    description: cut(alarm.AlarmDescription),
    state: alarm.StateValue,
    reason: cut(alarm.StateReason),
    updated: alarm.StateUpdatedTimestamp,
  };
}

/** A delivery of GitHub's hook, and what the webhook made of it. */
export function deliveryView(delivery: Delivery, outcome: WebhookChange | undefined) {
  const payload = (delivery.request.payload ?? {}) as Partial<Push>;
  return {
    id: delivery.id,
    event: delivery.event,
    at: delivery.delivered_at,
    status: delivery.status,
    code: delivery.status_code,
    redelivery: delivery.redelivery,
    ref: payload.ref,
    commit: payload.after,
    message: cut(payload.head_commit?.message),
    outcome: outcome?.outcome,
    reason: outcome?.reason,
    execution: outcome?.executionId,
  };
}

interface Push {
  readonly ref: string;
  readonly after: string;
  readonly head_commit: { readonly message: string } | null;
}

/** A message of SNS. An announced approval brings along what is needed to decide it: that is left out. */
export function messageView(id: number, message: { Subject?: string; Message: string; Timestamp?: string }) {
  return { id, at: message.Timestamp, subject: message.Subject, text: cut(withoutTokens(message.Message)) };
}

function withoutTokens(text: string): string {
  try {
    const secret = new Set(["token", "approvalReviewLink"]);
    const value: unknown = JSON.parse(text, (key, inner: unknown) => (secret.has(key) ? undefined : inner));
    return JSON.stringify(value, undefined, 2);
  } catch {
    return text;
  }
}

function cut<T extends string | undefined>(text: T): T | string {
  return text !== undefined && text.length > TEXT ? `${text.slice(0, TEXT)}…` : text;
}

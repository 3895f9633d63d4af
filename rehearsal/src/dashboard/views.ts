import type { Build } from "@aws-sdk/client-codebuild";
import type {
  ActionExecutionDetail,
  GetPipelineOutput,
  GetPipelineStateOutput,
  PipelineExecutionSummary,
  RuleDeclaration,
  StageDeclaration,
  StageState,
} from "@aws-sdk/client-codepipeline";
import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { WebhookChange } from "../aws/state-change";
import type { Delivery, PullRequestSummary } from "../github/server";
import { wroteArtifactFor } from "./plans";

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
      ...stageView(stage, states.get(stage.name)),
    })),
  };
}

function stageView(stage: StageDeclaration, state: StageState | undefined) {
  return {
    status: state?.latestExecution?.status,
    execution: state?.latestExecution?.pipelineExecutionId,
    waiting: (state?.inboundExecutions ?? []).map(({ pipelineExecutionId }) => pipelineExecutionId!),
    closed:
      state?.inboundTransitionState?.enabled === false
        ? (state.inboundTransitionState.disabledReason ?? "")
        : undefined,
    condition: unmetCondition(stage, state),
  };
}

/** Describes the rules that kept the latest execution out of a stage; empty if none did. */
function unmetCondition(stage: StageDeclaration, state: StageState | undefined): string {
  const failed = new Set(
    (state?.beforeEntryConditionState?.conditionStates ?? [])
      .flatMap(({ ruleStates }) => ruleStates ?? [])
      .filter(({ latestExecution }) => latestExecution?.status === "Failed")
      .map(({ ruleName }) => ruleName),
  );
  return (stage.beforeEntry?.conditions ?? [])
    .flatMap(({ rules }) => rules ?? [])
    .filter(({ name }) => failed.has(name))
    .map(describeUnmet)
    .join(", ");
}

/** What is true when a rule with this operator of VariableCheck fails. */
const UNMET: Readonly<Record<string, string>> = {
  EQ: "is not",
  NE: "is",
  CONTAINS: "does not contain",
  MATCHES: "does not match",
};

/** `#{CheckBuild.ADDED_PERMISSIONS}`, `NE` and `none` become "ADDED_PERMISSIONS of CheckBuild is none". */
function describeUnmet({ name, configuration }: RuleDeclaration): string {
  const { Variable = "", Operator = "", Value = "" } = configuration ?? {};
  const verb = UNMET[Operator];
  if (verb === undefined) return `the rule ${name} is not met`;
  const variable = Variable.replace(/#\{([^.}]+)\.([^}]+)\}/g, "$2 of $1");
  return `${variable} ${verb} ${Value === "" ? "empty" : Value}`;
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
    status: lacksCommit(summary, details) ? NO_COMMIT : summary.status,
    summary: summary.statusSummary,
    started: summary.startTime,
    updated: summary.lastUpdateTime,
    trigger: summary.trigger?.triggerType,
    commit: source?.revisionId,
    message: cut(source?.revisionSummary),
    stopReason: summary.stopTrigger?.reason,
    actions: details.map((detail) => ({
      ...actionView(detail, details),
      ...(lacksCommit(summary, [detail]) && { status: NO_COMMIT }),
    })),
  };
}

/** The status of the first execution and of its source, where AWS reports `Failed`. */
const NO_COMMIT = "NoCommit";

/** Returns whether an execution failed only because it was started by the pipeline's creation, before the first push. */
function lacksCommit(
  { status, trigger }: PipelineExecutionSummary,
  details: readonly ActionExecutionDetail[],
): boolean {
  const isFirst = status === "Failed" && trigger?.triggerType === "CreatePipeline";
  return (
    isFirst &&
    details.some(
      ({ input, output }) =>
        input?.actionTypeId?.category === "Source" &&
        output?.executionResult?.errorDetails?.code === "ConfigurationError",
    )
  );
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
    plan: isApproval && all.some((other) => wroteArtifactFor(other, detail)),
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

/** A pull request. GitHub does not show comments of HTML, such as a marker. */
export function pullRequestView({ comments, ...pull }: PullRequestSummary) {
  return {
    ...pull,
    comments: comments.map(({ body, ...comment }) => ({
      ...comment,
      text: cut(body.replace(/<!--.*?-->\n?/gs, "")),
    })),
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

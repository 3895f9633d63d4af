import { GetPipelineCommand, CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { serviceClient, type CallerSettings, type Send } from "../../tasks/service-client/service-client";
import { clientConfig } from "./aws/client-config";
import type { ProviderDownloads } from "./aws/codebuild/provider-downloads";
import type { ActionChange } from "./aws/state-change";
import { lastLines } from "./workstation";
import { smokeTest, type SmokeTest } from "./smoke-test";
import { BRANCH, type Session } from "./session";
import { approve, outputVariables, Watch, type ExecutionResult } from "./watch";

/** Milliseconds for a push to start an execution: GitHub delivers within seconds. */
const STARTED_WITHIN = 60_000;

/** An execution that succeeded, and what the Terraform commands of each of its builds download in AWS. */
export interface FollowedExecution extends ExecutionResult {
  readonly downloads: readonly (ProviderDownloads & { readonly action: string })[];
}

/** The result of a rehearsal. */
export interface Rehearsed {
  readonly execution: FollowedExecution;
  readonly smokeTest: SmokeTest;
  readonly productionUrl: string;
  readonly devUrl: string;
}

/** A failed step, with its reason, the path of its log and the last lines. */
export class StepFailed extends Error {
  constructor(
    readonly step: string,
    reason: string,
    readonly log: string | undefined,
    readonly lastLines: string,
  ) {
    super(`${step} failed: ${reason}`);
  }
}

/** Returns the names of the pipeline's stages, in order. */
export async function stageNames(session: Session): Promise<string[]> {
  const aws = session.aws.context;
  const client = new CodePipelineClient({ ...clientConfig(aws), endpoint: aws.endpoint });
  const { pipeline } = await client.send(new GetPipelineCommand({ name: session.pipeline }));
  return (pipeline?.stages ?? []).map(({ name }) => name ?? "");
}

/** A push and the execution it started. */
export interface Push {
  readonly executionId: string;
  readonly watch: Watch;
}

/** Pushes the workstation's HEAD and waits until the webhook has started an execution. */
export async function push(session: Session): Promise<Push> {
  const watch = new Watch(session.aws);
  await session.workstation.push(BRANCH);
  const signal = AbortSignal.timeout(STARTED_WITHIN);
  try {
    return { watch, executionId: await watch.startedByWebhook(signal) };
  } catch (error) {
    watch.end();
    if (!signal.aborted) throw error;
    const deliveries = session.github.deliveries().map(({ event, status }) => `${event}: ${status}`);
    throw new Error(
      `The push started no execution. GitHub's deliveries: ${deliveries.join(", ") || "none"}.`,
    );
  }
}

/**
 * Follows an execution to its end and approves each approval action.
 * @throws StepFailed unless it succeeds
 */
export async function follow(
  session: Pick<Session, "aws">,
  { executionId, watch }: Push,
  tell: Parameters<Watch["execution"]>[2] = () => undefined,
): Promise<FollowedExecution> {
  try {
    const approvals: Promise<void>[] = [];
    const downloads = new Map<string, ProviderDownloads>();
    const result = await watch.execution(executionId, new AbortController().signal, (change) => {
      tell(change);
      if (change.kind === "action" && change.type.category === "Approval" && change.state === "STARTED") {
        approvals.push(approve(session.aws, change));
      }
      if (change.kind === "action" && change.externalExecutionId) {
        const ofBuild = session.aws.codebuild.providerDownloads(change.externalExecutionId);
        if (ofBuild) downloads.set(change.action, ofBuild);
      }
    });
    await Promise.all(approvals);
    if (result.failure) throw await stepFailed(session, result.failure);
    if (result.status !== "Succeeded") {
      throw new StepFailed("The execution", `it ended with the status ${result.status}`, undefined, "");
    }
    return { ...result, downloads: [...downloads].map(([action, ofBuild]) => ({ action, ...ofBuild })) };
  } finally {
    watch.end();
  }
}

/** Smoke-tests production, which must run the pushed commit. */
export async function smokeTestProduction(
  session: Session,
  execution: FollowedExecution,
  commit: string,
): Promise<Rehearsed> {
  const variables = (action: string) => outputVariables(session.aws, session.pipeline, execution.id, action);
  const [production, dev] = await Promise.all([variables("DeployOnProd"), variables("DeployOnDev")]);
  const productionUrl = production.API_URL;
  if (!productionUrl) throw new Error("DeployOnProd exported no API_URL, which the smoke test needs.");
  return {
    execution,
    productionUrl,
    devUrl: dev.API_URL ?? "",
    smokeTest: await smokeTest(productionUrl, "prod", commit, undefined, apiClient(session)),
  };
}

/** Calls production as `service_auth` requires it, with the account's root. */
function apiClient({ aws, workstation }: Session): Send {
  const secrets = new SecretsManagerClient(clientConfig(aws.context));
  return serviceClient(workstation.environment() as unknown as CallerSettings, "prod", secrets);
}

async function stepFailed(
  session: Pick<Session, "aws">,
  { action, error, summary, externalExecutionId }: ActionChange,
) {
  const { codebuild } = session.aws;
  const log =
    externalExecutionId && codebuild.build(externalExecutionId)
      ? codebuild.logFile(externalExecutionId)
      : undefined;
  const end = log ? await lastLines(log) : "";
  return new StepFailed(action, error?.message ?? summary ?? "no reason given", log, end);
}

import type { IncomingMessage, ServerResponse } from "node:http";
import {
  answerDelivery,
  deliveryId,
  DeliveryRejected,
  readDelivery,
  type GitHubDelivery,
} from "../github-delivery";
import type { Report, WebhookChange } from "../state-change";
import type { CodePipeline } from "./codepipeline";
import { mismatch, WEBHOOK_PATH, type Webhook } from "./webhook";

type Outcome = Pick<WebhookChange, "outcome" | "reason"> & {
  readonly status: number;
  readonly executionId?: string;
};

/** Whether a request is a POST to a webhook's URL. */
export function isForWebhook(request: IncomingMessage): boolean {
  return request.method === "POST" && request.url?.split("?")[0] === WEBHOOK_PATH;
}

/** Answers a delivery to a webhook's URL, and starts its pipeline. Never throws. */
export async function receiveWebhook(
  codepipeline: CodePipeline,
  request: IncomingMessage,
  response: ServerResponse,
  report: Report,
): Promise<void> {
  const webhook = codepipeline.webhookAt(request.url ?? "");
  const { status, ...outcome } = webhook
    ? await receive(codepipeline, webhook, request)
    : rejected(404, "No webhook has this URL.");
  report({
    kind: "webhook",
    at: new Date(),
    webhook: webhook?.definition.name,
    delivery: deliveryId(request),
    executionId: undefined,
    ...outcome,
  });
  answerDelivery(response, status, outcome.reason);
}

async function receive(
  codepipeline: CodePipeline,
  webhook: Webhook,
  request: IncomingMessage,
): Promise<Outcome> {
  try {
    const delivery = await readDelivery(request, (...signed) => webhook.isSigned(...signed));
    return trigger(codepipeline, webhook, delivery);
  } catch (error) {
    if (error instanceof DeliveryRejected) return rejected(error.status, error.message);
    throw error;
  }
}

function trigger(
  codepipeline: CodePipeline,
  webhook: Webhook,
  { id, body, payload }: GitHubDelivery,
): Outcome {
  const { targetPipeline, targetAction, filters } = webhook.definition;
  const pipeline = codepipeline.find(targetPipeline!);
  if (!pipeline)
    return { status: 200, outcome: "ignored", reason: `There is no pipeline ${targetPipeline}.` };
  const actions = pipeline.declaration.stages!.flatMap((stage) => stage.actions!);
  const action = actions.find(({ name }) => name === targetAction);
  if (!action) return { status: 200, outcome: "ignored", reason: `There is no action ${targetAction}.` };
  const reason = mismatch(filters ?? [], action.configuration ?? {}, payload);
  if (reason) return { status: 200, outcome: "ignored", reason: `${reason}.` };
  if (webhook.isRepeated(body, id)) {
    return { status: 200, outcome: "duplicate", reason: "This delivery has been received before." };
  }
  webhook.lastTriggered = new Date();
  try {
    const execution = codepipeline.start(pipeline, { triggerType: "Webhook", triggerDetail: webhook.arn });
    return {
      status: 200,
      outcome: "started",
      reason: `Started ${targetPipeline}.`,
      executionId: execution.id,
    };
  } catch (error) {
    return { status: 200, outcome: "ignored", reason: (error as Error).message };
  }
}

function rejected(status: number, reason: string): Outcome {
  return { status, outcome: "refused", reason };
}

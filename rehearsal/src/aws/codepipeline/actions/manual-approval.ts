import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { ApprovalResult } from "@aws-sdk/client-codepipeline";
import { clientConfig } from "../../client-config";
import type { AwsContext } from "../../aws-context";
import type { Approvals } from "../approvals";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionProvider, type ActionRequest, type ActionResult } from "./action";

const MINUTE = 60_000;

/** CodePipeline's default timeout in minutes: 7 days. */
const DEFAULT_TIMEOUT = 7 * 24 * 60;

/** The longest delay of setTimeout: 24 days. CodePipeline allows 60; no rehearsal takes that long. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * The characters of the reviewer's text. AWS documents the limit for the declared field ("When you enter variable syntax
 * in the action configuration fields, do not exceed the 1000-character limit"), but not whether it applies before or
 * after variables are resolved. The rehearsal applies it to both.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
 */
const LONGEST_TEXT = 1000;

/** Waits for a reviewer's decision: the actions of `AWS/Manual`. */
export class ManualApproval implements ActionProvider {
  readonly required = [];

  constructor(
    private readonly aws: AwsContext,
    private readonly approvals: Approvals,
  ) {}

  async run(request: ActionRequest): Promise<ActionResult> {
    checkLength(request.configuration.CustomData ?? "");
    const { token, decision } = this.approvals.request(request.abandoned);
    const timeout = Math.min((request.action.timeoutInMinutes ?? DEFAULT_TIMEOUT) * MINUTE, LONGEST_DELAY);
    // A client can approve as soon as the action has started, without waiting for the notification.
    request.progress({ token });
    if (request.configuration.NotificationArn) await this.notify(request, token, timeout);
    const result = await within(decision, timeout, request.abandoned);
    this.approvals.withdraw(token);
    if (!result) throw new ActionFailed("JobFailed", "The approval timed out.");
    if (result.status === "Rejected") throw new ActionFailed("JobFailed", `Rejected: ${result.summary}`);
    return { summary: result.summary ?? "" };
  }

  private async notify(request: ActionRequest, token: string, timeout: number): Promise<void> {
    const sns = new SNSClient(clientConfig(this.aws, await actionCredentials(this.aws, request)));
    const { NotificationArn } = request.configuration;
    try {
      await sns.send(
        new PublishCommand({
          TopicArn: NotificationArn,
          Subject: `APPROVAL NEEDED: AWS CodePipeline ${request.pipeline.name}`.slice(0, 100),
          Message: JSON.stringify(this.message(request, token, new Date(Date.now() + timeout))),
        }),
      );
    } catch (error) {
      const message = `The notification of the approval could not be published to ${NotificationArn}: ${(error as Error).message}`;
      throw new ActionFailed("PermissionError", message);
    } finally {
      sns.destroy();
    }
  }

  private message(
    { pipeline, stage, action, configuration }: ActionRequest,
    token: string,
    expires: Date,
  ): object {
    const { region } = this.aws;
    const console = `https://console.aws.amazon.com/codesuite/codepipeline/pipelines/${pipeline.name}/view?region=${region}`;
    return {
      region,
      consoleLink: console,
      approval: {
        pipelineName: pipeline.name,
        stageName: stage,
        actionName: action.name,
        token,
        // AWS omits the seconds.
        expires: `${expires.toISOString().slice(0, 16)}Z`,
        externalEntityLink: configuration.ExternalEntityLink ?? null,
        approvalReviewLink: `${console}#/${stage}/${action.name}/approve/${token}`,
        customData: configuration.CustomData ?? null,
      },
    };
  }
}

function checkLength({ length }: string): void {
  if (length <= LONGEST_TEXT) return;
  throw new ActionFailed(
    "ConfigurationError",
    `CustomData with its variables resolved has ${length} characters: AWS documents a limit of ${LONGEST_TEXT}, ` +
      "and may reject it. Shorten the value of a variable in it.",
  );
}

/** Resolves with the decision, or with undefined after the timeout or when the signal is aborted. */
async function within(
  decision: Promise<ApprovalResult>,
  timeout: number,
  signal: AbortSignal,
): Promise<ApprovalResult | undefined> {
  let giveUp: () => void = () => undefined;
  const none = new Promise<undefined>((done) => (giveUp = () => done(undefined)));
  const timer = setTimeout(giveUp, timeout);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([decision, none]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { ApprovalResult } from "@aws-sdk/client-codepipeline";
import { clientConfig } from "../../client-config";
import type { AwsContext } from "../../aws-context";
import type { Approvals } from "../approvals";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionProvider, type ActionRequest, type ActionResult } from "./action";

const MINUTE = 60_000;

/** Minutes CodePipeline waits for a person by default: 7 days. */
const TIMEOUT = 7 * 24 * 60;

/** The longest delay of setTimeout: 24 days; CodePipeline allows 60, which no rehearsal lives. */
const LONGEST = 2 ** 31 - 1;

/**
 * Characters of the text that a reviewer gets. AWS documents them for the field as it is declared ("When you enter
 * variable syntax in the action configuration fields, do not exceed the 1000-character limit") and does not say whether
 * they count before or after variables are resolved: nobody should find out with a release.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
 */
const LONGEST_TEXT = 1000;

/** Waits for a person's decision: the actions of `AWS/Manual`. */
export class ManualApproval implements ActionProvider {
  readonly required = [];

  constructor(
    private readonly aws: AwsContext,
    private readonly approvals: Approvals,
  ) {}

  async run(request: ActionRequest): Promise<ActionResult> {
    checkLength(request.configuration.CustomData ?? "");
    const { token, decision } = this.approvals.ask(request.abandoned);
    const timeout = Math.min((request.action.timeoutInMinutes ?? TIMEOUT) * MINUTE, LONGEST);
    // The token is shown last: whoever sees it may decide, and all is ready for that.
    if (request.configuration.NotificationArn) await this.notify(request, token, timeout);
    request.progress({ token });
    const result = await within(decision, timeout, request.abandoned);
    this.approvals.withdraw(token);
    if (!result) throw new ActionFailed("JobFailed", "Nobody has decided on the approval in time.");
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
      const message = `The approval could not be announced on ${NotificationArn}: ${(error as Error).message}`;
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
        // To the minute, as AWS writes it.
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
    `CustomData with its variables resolved has ${length} characters: AWS documents ${LONGEST_TEXT} at most, and ` +
      "may refuse it. Shorten what a variable of it stands for.",
  );
}

/** The decision, or undefined after so many milliseconds or when nobody waits any more. */
async function within(
  decision: Promise<ApprovalResult>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<ApprovalResult | undefined> {
  let giveUp: () => void = () => undefined;
  const given = new Promise<undefined>((done) => (giveUp = () => done(undefined)));
  const timer = setTimeout(giveUp, milliseconds);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([decision, given]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

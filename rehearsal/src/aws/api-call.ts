import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { randomUUID } from "node:crypto";
import type { AwsContext } from "./aws-context";

/** An authorized call of a service that is answered here. */
export interface ApiCall {
  /** The prefix of its IAM actions. */
  readonly service: string;
  readonly operation: string;
  /** The ARN of a user, a role session or the account's root. */
  readonly caller: string;
  readonly input: object;
  /** The error code of the response. */
  readonly errorCode?: string | undefined;
}

/** The calls by which an operator controls a pipeline. No rule of the rehearsal matches the events of others. */
const OPERATOR_CALLS = new Set([
  "DisableStageTransition",
  "EnableStageTransition",
  "OverrideStageCondition",
  "PutApprovalResult",
  "RetryStageExecution",
  "RollbackStage",
  "StartPipelineExecution",
  "StopPipelineExecution",
]);

/**
 * Returns the event that CloudTrail sends to EventBridge for a call, or undefined for a call without one here.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/monitoring-cloudtrail-logs.html
 */
export function apiCallEvent(
  aws: Pick<AwsContext, "account" | "region">,
  { service, operation, caller, input, errorCode }: ApiCall,
): PutEventsRequestEntry | undefined {
  if (service !== "codepipeline" || !OPERATOR_CALLS.has(operation)) return undefined;
  // The token of an approval permits its answer, so it must not be logged.
  const { token: _token, ...requestParameters } = input as { token?: unknown };
  return {
    Source: `aws.${service}`,
    DetailType: "AWS API Call via CloudTrail",
    Detail: JSON.stringify({
      eventVersion: "1.11",
      userIdentity: identity(caller),
      eventTime: `${new Date().toISOString().slice(0, 19)}Z`,
      eventSource: `${service}.amazonaws.com`,
      eventName: operation,
      awsRegion: aws.region,
      sourceIPAddress: "127.0.0.1",
      ...(errorCode !== undefined && { errorCode }),
      requestParameters,
      requestID: randomUUID(),
      eventID: randomUUID(),
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: aws.account,
      eventCategory: "Management",
    }),
  };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function identity(arn: string): object {
  const [accountId = "", resource = ""] = arn.split(":").slice(4);
  const [kind, name] = resource.split("/");
  if (kind === "root") return { type: "Root", principalId: accountId, arn, accountId };
  if (kind === "user") return { type: "IAMUser", arn, accountId, userName: resource.split("/").at(-1) };
  const issuer = `arn:aws:iam::${accountId}:role/${name}`;
  return {
    type: "AssumedRole",
    arn,
    accountId,
    sessionContext: { sessionIssuer: { type: "Role", arn: issuer, accountId, userName: name } },
  };
}

/** Findings that stay, each with the reason; one that is found nowhere any more fails the test. */
export const accepted: readonly { readonly finding: RegExp; readonly why: string }[] = [
  {
    finding: /: codepipeline:ListWebhooks is granted on \*/,
    why: "The request names no webhook, and AWS does not say which ARN it checks instead.",
  },
  {
    finding: /: codestar-connections:ListConnections is granted on \*/,
    why: "The request names no connection, and AWS does not say which ARN it checks instead.",
  },
  {
    finding: /: sns:GetSubscriptionAttributes is granted on \*/,
    why: "The request names a subscription, which is no topic; whether AWS checks the topic is not documented.",
  },
];

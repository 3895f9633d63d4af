import { paginateListSubscriptionsByTopic, type SNSClient } from "@aws-sdk/client-sns";

/** What SNS lists instead of the ARN of a subscription that its owner has not confirmed. */
const PENDING = "PendingConfirmation";

/**
 * Returns the e-mail addresses that are subscribed to a topic and have not confirmed it. SNS sends them nothing, and
 * removes the subscription after two days.
 *
 * @param callerArn an ARN of the topic's account
 */
export async function unconfirmedEmails(
  client: SNSClient,
  callerArn: string,
  topicName: string,
): Promise<string[]> {
  const [, partition, , , account] = callerArn.split(":");
  const TopicArn = `arn:${partition}:sns:${await client.config.region()}:${account}:${topicName}`;
  const found: string[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
    for (const { Protocol, Endpoint, SubscriptionArn } of Subscriptions)
      if (Protocol === "email" && SubscriptionArn === PENDING) found.push(Endpoint!);
  }
  return found;
}

import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ACCOUNT, REGION, type TestEmulator } from "./fixture";

/** A statement that lets a service do something, where a condition holds. */
export function lets(Service: string, Action: string | readonly string[], Condition?: object) {
  return { Effect: "Allow", Principal: { Service }, Action, Resource: "*", Condition };
}

export const forAccount = { StringEquals: { "aws:SourceAccount": ACCOUNT } };

export interface EncryptedTopic {
  readonly arn: string;
  readonly keyArn: string;
  /** How many messages a subscriber has got since the last time. */
  arrived(): Promise<number>;
}

/** A topic that is encrypted with its own key and has a subscriber. */
export async function encryptedTopic(
  on: TestEmulator,
  name: string,
  policies: { readonly topic: readonly object[]; readonly key: readonly object[] },
): Promise<EncryptedTopic> {
  const [kms, sns, sqs] = [
    new KMSClient(on.client()),
    new SNSClient(on.client()),
    new SQSClient(on.client()),
  ];
  const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const administered = { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" };
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Policy: JSON.stringify({ Statement: [administered, ...policies.key] }) }),
  );
  await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyMetadata!.KeyId }));
  const { TopicArn } = await sns.send(
    new CreateTopicCommand({ Name: name, Attributes: { KmsMasterKeyId: KeyMetadata!.Arn! } }),
  );
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn,
      AttributeName: "Policy",
      AttributeValue: JSON.stringify({ Statement: policies.topic }),
    }),
  );
  const queue = { Statement: [lets("sns.amazonaws.com", "sqs:SendMessage")] };
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { Policy: JSON.stringify(queue) } }),
  );
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  return {
    arn: TopicArn!,
    keyArn: KeyMetadata!.Arn!,
    arrived: async () => {
      const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 };
      return (await sqs.send(new ReceiveMessageCommand(input))).Messages?.length ?? 0;
    },
  };
}

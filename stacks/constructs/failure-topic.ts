import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { policyDocument, type Statement } from "./policy";

export interface FailureTopicProps {
  readonly topicName: string;
  readonly keyAlias: string;
  readonly keyStatements: readonly Statement[];
  readonly topicStatements: readonly Statement[];
  /** Who gets an e-mail; AWS asks the address to confirm first. Left out: nobody. */
  readonly email?: string;
}

/**
 * The topic that hears of failures, encrypted with a key of its own: alarms and EventBridge cannot
 * publish to a topic encrypted with the key that AWS manages, because its policy cannot be changed.
 */
export class FailureTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: FailureTopicProps) {
    super(scope, id);
    const key = new KmsKey(this, "key", {
      description: `Encrypts the topic ${props.topicName}`,
      enableKeyRotation: true,
      policy: policyDocument(props.keyStatements),
    });
    new KmsAlias(this, "key-alias", { name: props.keyAlias, targetKeyId: key.keyId });
    const topic = new SnsTopic(this, "topic", { name: props.topicName, kmsMasterKeyId: key.arn });
    new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyDocument(props.topicStatements),
    });
    if (props.email !== undefined) {
      new SnsTopicSubscription(this, "email", {
        topicArn: topic.arn,
        protocol: "email",
        endpoint: props.email,
      });
    }
    this.arn = topic.arn;
  }
}

import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { policyDocument, type Statement } from "./policy";
import type { ServiceRole } from "./service-role";

export interface NotificationTopicProps {
  readonly topicName: string;
  readonly keyAlias: string;
  readonly keyStatements: readonly Statement[];
  readonly topicStatements: readonly Statement[];
}

/**
 * A topic that notifies an operator or a reviewer, encrypted with its own key: alarms cannot publish to a topic
 * encrypted with the key that AWS manages, because its policy cannot be changed.
 */
export class NotificationTopic extends Construct {
  readonly arn: string;
  readonly policy: SnsTopicPolicy;

  constructor(scope: Construct, id: string, props: NotificationTopicProps) {
    super(scope, id);
    const key = new KmsKey(this, "key", {
      description: `Encrypts the topic ${props.topicName}`,
      enableKeyRotation: true,
      policy: policyDocument(props.keyStatements),
    });
    new KmsAlias(this, "key-alias", { name: props.keyAlias, targetKeyId: key.keyId });
    const topic = new SnsTopic(this, "topic", { name: props.topicName, kmsMasterKeyId: key.arn });
    this.policy = new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyDocument(props.topicStatements),
    });
    this.arn = topic.arn;
  }

  /**
   * Sends each notification to an e-mail address, which AWS asks to confirm first.
   * @param deployedBy the role that deploys this: it needs its permissions before it subscribes
   */
  sendTo(email: string, deployedBy?: ServiceRole): void {
    new SnsTopicSubscription(this, "email", {
      topicArn: this.arn,
      protocol: "email",
      endpoint: email,
      dependsOn: deployedBy ? [deployedBy.policy] : [],
    });
  }
}

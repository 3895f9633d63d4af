import type { Construct } from "constructs";
import { acceptFindings } from "./constructs/accepted-findings";
import { NotificationTopic } from "./constructs/notification-topic";
import { approvalTopicPolicy } from "./iam/approval-topic";
import type { Arns } from "./iam/arns";
import { ownKeyPolicy } from "./iam/failure-topic";

/**
 * The topic that is notified of every approval that an execution waits for, in the state stack of the pipeline that
 * delivers to production: no build can silence it.
 */
export function approvalTopic(stack: Construct, arns: Arns, email: string | undefined): void {
  const topic = new NotificationTopic(stack, "approval-topic", {
    topicName: arns.names.approvalTopic,
    keyAlias: arns.names.approvalKeyAlias,
    keyStatements: ownKeyPolicy(arns),
    topicStatements: approvalTopicPolicy(arns),
  });
  acceptFindings(topic.policy, {
    CKV_AWS_385: "The principal is this account: only its roles whose own policies allow it can publish.",
  });
  if (email !== undefined) topic.sendTo(email);
}

import type { Construct } from "constructs";
import { EventRule } from "./constructs/event-rule";
import { NotificationTopic } from "./constructs/notification-topic";
import { ServiceRole } from "./constructs/service-role";
import { failureTopicName } from "./names";
import type { Arns } from "./iam/arns";
import {
  failureKeyPolicy,
  failureTopicPolicy,
  notifierPermissions,
  notifierTrust,
} from "./iam/failure-topic";

/** The topic that is notified of every failure, in the pipeline stack that delivers to production. */
export function failureTopic(stack: Construct, arns: Arns): NotificationTopic {
  return new NotificationTopic(stack, "failures", {
    topicName: failureTopicName,
    keyAlias: arns.names.failureKeyAlias,
    keyStatements: failureKeyPolicy(arns),
    topicStatements: failureTopicPolicy(arns),
  });
}

/**
 * Notifies the topic of every failed execution, with the rule's own role. The alarms know only failed builds, but not a
 * source that cannot be read, a rejected approval or a release that was rolled back.
 *
 * @param deployedBy the role that deploys this: it needs its permissions before it passes the rule's role
 */
export function failedExecutionRule(
  stack: Construct,
  arns: Arns,
  topicArn: string,
  deployedBy: ServiceRole | undefined,
): void {
  const { names } = arns;
  const role = new ServiceRole(stack, "failed-execution-role", {
    roleName: names.failedExecutionRole,
    description: "Publishes failed executions to the topic",
    trust: notifierTrust(arns, arns.failedExecutionRule),
    statements: notifierPermissions(arns),
    permissionsBoundary: arns.boundary,
  });
  new EventRule(stack, "failed-execution", {
    ruleName: names.failedExecutionRule,
    description: `An execution of ${names.pipeline} failed`,
    pattern: {
      source: ["aws.codepipeline"],
      "detail-type": ["CodePipeline Pipeline Execution State Change"],
      detail: { pipeline: [names.pipeline], state: ["FAILED"] },
    },
    target: {
      targetId: "topic",
      arn: topicArn,
      roleArn: role.arn,
      dependsOn: [role, ...(deployedBy ? [deployedBy] : [])].map(({ policy }) => policy),
    },
    alarmName: names.lostNotificationAlarm,
    alarmDescription: `${names.failedExecutionRule} could not publish to ${topicArn}: see the role of its target`,
    topicArn,
  });
}

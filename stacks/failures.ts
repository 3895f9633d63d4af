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
 * @param windowed the stage with a deployment window, if there is one
 */
export function failedExecutionRule(
  stack: Construct,
  arns: Arns,
  topicArn: string,
  { deployedBy, windowed }: { deployedBy: ServiceRole | undefined; windowed: string | undefined },
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
    pattern: failures(names.pipeline, windowed),
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

/**
 * Matches one event of each failed execution. Outside of its deployment window an execution fails too, which is no
 * failure to notify of. The event of the execution does not say why it failed: the events of stages do, and in the stage
 * with the window those of its actions, of which none has run then.
 */
function failures(pipeline: string, windowed: string | undefined): object {
  const detail = { pipeline: [pipeline], state: ["FAILED"] };
  const [execution, stage, action] = ["Pipeline", "Stage", "Action"].map(
    (kind) => `CodePipeline ${kind} Execution State Change`,
  );
  const source = ["aws.codepipeline"];
  if (windowed === undefined) return { source, "detail-type": [execution], detail };
  return {
    source,
    "detail-type": [stage, action],
    detail: {
      ...detail,
      $or: [
        { stage: [{ "anything-but": [windowed] }], action: [{ exists: false }] },
        { stage: [windowed], action: [{ exists: true }] },
      ],
    },
  };
}

import type { Construct } from "constructs";
import { FailedExecutionRule, type FailedExecutionRuleProps } from "./constructs/failed-execution-rule";
import { FailureTopic } from "./constructs/failure-topic";
import { ServiceRole } from "./constructs/service-role";
import { failureTopicName } from "./names";
import type { Arns } from "./permissions/arns";
import {
  failedExecutionRights,
  failedExecutionTrust,
  failureKeyPolicy,
  failureTopicPolicy,
} from "./permissions/failure-topic";

/** The topic that is notified of every failure, in the pipeline stack that delivers to production. */
export function failureTopic(stack: Construct, arns: Arns): FailureTopic {
  return new FailureTopic(stack, "failures", {
    topicName: failureTopicName,
    keyAlias: arns.names.failureKeyAlias,
    keyStatements: failureKeyPolicy(arns),
    topicStatements: failureTopicPolicy(arns),
  });
}

/** Notifies the topic of executions that fail outside a build, with the rule's own role. */
export function failedExecutionRule(
  stack: Construct,
  arns: Arns,
  props: Pick<FailedExecutionRuleProps, "topicArn" | "deployedBy">,
): void {
  const { names } = arns;
  const role = new ServiceRole(stack, "failed-execution-role", {
    roleName: names.failedExecutionRole,
    description: "Publishes failed executions to the topic",
    trust: failedExecutionTrust(arns),
    statements: failedExecutionRights(arns),
    permissionsBoundary: arns.boundary,
  });
  new FailedExecutionRule(stack, "failed-execution", {
    ...props,
    role,
    ruleName: names.failedExecutionRule,
    pipelineName: names.pipeline,
    alarmName: names.lostNotificationAlarm,
  });
}

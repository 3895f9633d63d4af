import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import type { ServiceRole } from "./service-role";

export interface FailedExecutionRuleProps {
  readonly ruleName: string;
  readonly pipelineName: string;
  readonly topicArn: string;
  /** EventBridge publishes with it. */
  readonly role: ServiceRole;
  /** The alarm on notifications that could not be published. */
  readonly alarmName: string;
  /** The role that deploys this: it needs its permissions before it passes the rule's role. */
  readonly deployedBy: ServiceRole | undefined;
}

/** Notifies the topic when an execution fails, which catches what no build reports: a source that cannot be read. */
export class FailedExecutionRule extends Construct {
  constructor(scope: Construct, id: string, props: FailedExecutionRuleProps) {
    super(scope, id);
    const { ruleName, topicArn, role, deployedBy } = props;
    const rule = new CloudwatchEventRule(this, "rule", {
      name: ruleName,
      description: `An execution of ${props.pipelineName} failed`,
      eventPattern: JSON.stringify({
        source: ["aws.codepipeline"],
        "detail-type": ["CodePipeline Pipeline Execution State Change"],
        detail: { pipeline: [props.pipelineName], state: ["FAILED"] },
      }),
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      // Named here: a name that Terraform makes up would be a second target when it makes it again.
      targetId: "topic",
      arn: topicArn,
      roleArn: role.arn,
      dependsOn: [role, ...(deployedBy ? [deployedBy] : [])].map(({ policy }) => policy),
    });
    // EventBridge drops what it cannot publish; only this metric shows it.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    new CloudwatchMetricAlarm(this, "lost", {
      alarmName: props.alarmName,
      alarmDescription: `${ruleName} could not publish to ${topicArn}: see the role of its target`,
      namespace: "AWS/Events",
      metricName: "FailedInvocations",
      dimensions: { RuleName: rule.name },
      statistic: "Sum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // EventBridge publishes it only when there is one.
      treatMissingData: "notBreaching",
      alarmActions: [topicArn],
    });
  }
}

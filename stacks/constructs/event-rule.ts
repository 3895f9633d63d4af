import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

interface Delivery {
  readonly ruleName: string;
  /** The event it is about, as a sentence without a full stop. */
  readonly description: string;
  readonly target: {
    readonly targetId: string;
    readonly arn: string;
    /** EventBridge delivers with it, where the target's own policy does not let it in. */
    readonly roleArn?: string;
    /** What delivering needs. */
    readonly dependsOn: ITerraformDependable[];
  };
  /** The alarm on events that could not be delivered. */
  readonly alarmName: string;
  readonly alarmDescription: string;
  /** Is notified by that alarm. */
  readonly topicArn: string;
}

/** The events that match a pattern, or those that EventBridge itself sends on a schedule. */
export type EventRuleProps = Delivery & ({ readonly pattern: object } | { readonly schedule: string });

/** Hands the events of a pattern or a schedule to one target, with an alarm on those that do not reach it. */
export class EventRule extends Construct {
  constructor(scope: Construct, id: string, props: EventRuleProps) {
    super(scope, id);
    const rule = new CloudwatchEventRule(this, "rule", {
      name: props.ruleName,
      description: props.description,
      ...("schedule" in props
        ? { scheduleExpression: props.schedule }
        : { eventPattern: JSON.stringify(props.pattern) }),
    });
    // The target has an id of ours: one that Terraform generates would be a second target when it is made again.
    new CloudwatchEventTarget(this, "target", { rule: rule.name, ...props.target });
    // EventBridge drops what it cannot deliver; only this metric shows it.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    new CloudwatchMetricAlarm(this, "lost", {
      alarmName: props.alarmName,
      alarmDescription: props.alarmDescription,
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
      alarmActions: [props.topicArn],
    });
  }
}

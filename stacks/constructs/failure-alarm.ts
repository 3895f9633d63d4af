import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";

export interface FailureAlarmProps {
  readonly alarmName: string;
  readonly projectName: string;
  readonly topicArn: string;
}

/** Tells the topic when a build of a project fails. */
export class FailureAlarm extends Construct {
  constructor(scope: Construct, id: string, props: FailureAlarmProps) {
    super(scope, id);
    new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: props.alarmName,
      alarmDescription: `A build of ${props.projectName} failed`,
      namespace: "AWS/CodeBuild",
      metricName: "FailedBuilds",
      dimensions: { ProjectName: props.projectName },
      statistic: "Sum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // CodeBuild publishes nothing while nothing is built.
      treatMissingData: "notBreaching",
      alarmActions: [props.topicArn],
    });
  }
}

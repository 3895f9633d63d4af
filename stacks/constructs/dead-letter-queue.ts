import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Construct } from "constructs";

export interface DeadLetterQueueProps {
  /** The name of the queue and of its alarm. */
  readonly queueName: string;
  readonly topicArn: string;
}

/** A queue for the events that a function could not process, and an alarm while it is not empty. */
export class DeadLetterQueue extends Construct {
  readonly queue: SqsQueue;

  constructor(scope: Construct, id: string, { queueName, topicArn }: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new SqsQueue(this, "queue", {
      name: queueName,
      // SQS's maximum, to fix the function in.
      messageRetentionSeconds: 14 * 24 * 60 * 60,
      sqsManagedSseEnabled: true,
    });
    new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: queueName,
      alarmDescription: `There are events in ${queueName} that could not be processed`,
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: this.queue.name },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // SQS publishes no metrics of a queue that was not used for six hours.
      treatMissingData: "notBreaching",
      alarmActions: [topicArn],
    });
  }
}

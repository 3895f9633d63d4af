import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { Construct } from "constructs";

export interface UsageAlarmsProps {
  /** The name of an alarm. */
  readonly alarmName: (metric: UsageMetric) => string;
  readonly apiId: string;
  /** The rate above which the API answers 429. */
  readonly requestsPerSecond: number;
  /** The bucket with the documents; undefined if it existed before, because it can hold anything. */
  readonly bucket: S3Bucket | undefined;
  /** The gigabytes in the bucket above which its alarm fires. */
  readonly gigabytes: number;
  readonly topicArn: string;
}

export type UsageMetric = "requests" | "stored-bytes";

/** What an alarm measures. */
type Metric = Omit<CloudwatchMetricAlarmConfig, "alarmName" | "evaluationPeriods" | "comparisonOperator">;

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The alarms on what costs without a limit: requests, and bytes that are never deleted. */
export class UsageAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: UsageAlarmsProps,
  ) {
    super(scope, id);
    const { apiId, requestsPerSecond, bucket, gigabytes } = props;
    this.alarm("requests", {
      alarmDescription: "The API gets more than half of the requests that its rate allows, for an hour",
      namespace: "AWS/ApiGateway",
      metricName: "Count",
      statistic: "Sum",
      dimensions: { ApiId: apiId },
      period: HOUR,
      threshold: (requestsPerSecond * HOUR) / 2,
      // Without requests there are no data points.
      treatMissingData: "notBreaching",
    });
    if (bucket === undefined) return;
    this.alarm("stored-bytes", {
      alarmDescription: `The bucket ${bucket.bucketInput} has more than ${gigabytes} GB, old versions included`,
      // Once a day. It counts old versions and the parts of incomplete uploads too.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
      namespace: "AWS/S3",
      metricName: "BucketSizeBytes",
      statistic: "Average",
      dimensions: { BucketName: bucket.id, StorageType: "StandardStorage" },
      period: DAY,
      threshold: gigabytes * 1e9,
      // Between two reports there are no data points.
      treatMissingData: "ignore",
    });
  }

  private alarm(metric: UsageMetric, config: Metric): void {
    new CloudwatchMetricAlarm(this, metric, {
      alarmName: this.props.alarmName(metric),
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      alarmActions: [this.props.topicArn],
      ...config,
    });
  }
}

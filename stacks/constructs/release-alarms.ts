import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import type { NotifiedMetric, ReleaseMetric } from "../functions";
import type { VersionedFunction } from "./versioned-function";

export interface ReleaseAlarmsProps {
  readonly functionName: string;
  readonly handler: VersionedFunction;
  /** The HTTP API in front of the functions. */
  readonly apiId: string;
  /** The namespace of the metrics that the functions publish. */
  readonly metricNamespace: string;
  /** The alarms on the newest version, which stop its release. */
  readonly releaseAlarms: readonly Alarm<ReleaseMetric>[];
  /** The alarms that only notify. */
  readonly notifyingAlarms: readonly Alarm<NotifiedMetric>[];
  readonly topicArn: string;
}

interface Alarm<Metric> {
  readonly name: string;
  readonly metric: Metric;
}

/**
 * The metrics, and the value within a minute above which an alarm fires. One error is enough: a tenth of little traffic
 * has few requests. The latency leaves room for the first requests of a version, which are slower than the rest.
 */
const metrics = {
  errors: { namespace: "AWS/Lambda", metricName: "Errors", statistic: "Sum", threshold: 0, of: "version" },
  // The function publishes it: API Gateway does not know which version answered.
  "5xx": { metricName: "ServerErrors", statistic: "Sum", threshold: 0, of: "published" },
  latency: {
    namespace: "AWS/Lambda",
    metricName: "Duration",
    extendedStatistic: "p90",
    // Milliseconds; the API needs less than 100.
    threshold: 1500,
    of: "version",
  },
  "gateway-5xx": {
    namespace: "AWS/ApiGateway",
    metricName: "5xx",
    statistic: "Sum",
    threshold: 0,
    of: "api",
  },
  // Lambda throttles a call before it selects a version.
  throttles: {
    namespace: "AWS/Lambda",
    metricName: "Throttles",
    statistic: "Sum",
    threshold: 0,
    of: "alias",
  },
} as const;

/** The alarms of a function that is released gradually. */
export class ReleaseAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ReleaseAlarmsProps) {
    super(scope, id);
    const { functionName, releaseAlarms, notifyingAlarms, topicArn } = props;
    for (const alarm of releaseAlarms) {
      this.alarm(alarm, props, {
        alarmDescription: `The newest version of ${functionName} is not healthy: ${alarm.metric}`,
      });
    }
    for (const alarm of notifyingAlarms) {
      this.alarm(alarm, props, {
        alarmDescription: `${functionName}, whichever version: ${alarm.metric}`,
        alarmActions: [topicArn],
        okActions: [topicArn],
      });
    }
  }

  private alarm(
    { metric: key, name }: Alarm<keyof typeof metrics>,
    props: ReleaseAlarmsProps,
    rest: { alarmDescription: string; alarmActions?: string[]; okActions?: string[] },
  ): void {
    const { of, ...metric } = metrics[key];
    new CloudwatchMetricAlarm(this, key, {
      alarmName: name,
      namespace: props.metricNamespace,
      ...metric,
      dimensions: dimensions(props)[of],
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      // Without requests there are no data points.
      treatMissingData: "notBreaching",
      ...rest,
    });
  }
}

/** An alarm has to name exactly the dimensions that a metric was published with. */
function dimensions({ functionName, handler, apiId }: ReleaseAlarmsProps) {
  const alias = { FunctionName: functionName, Resource: `${functionName}:${handler.alias.name}` };
  const version = { ExecutedVersion: handler.function.version };
  return {
    alias,
    // Lambda publishes metrics per version of an alias only while the alias has two.
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    version: { ...alias, ...version },
    // As lambda-src/api/server-errors.ts publishes it; Powertools adds `service`.
    published: { service: functionName, ...version },
    api: { ApiId: apiId },
  };
}

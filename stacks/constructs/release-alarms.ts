import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import type { LiveFunction } from "./live-function";

export interface ReleaseAlarmsProps {
  readonly functionName: string;
  readonly handler: LiveFunction;
  /** The HTTP API that the function answers for, if it does. */
  readonly apiId?: string;
  /** The namespace of the metrics that the function publishes itself. */
  readonly metricNamespace: string;
  /** The name of the alarm on each metric that decides on the newest version. */
  readonly alarms: readonly Alarm<"errors" | "5xx" | "latency">[];
  /** The name of the alarm on each metric that only notifies. */
  readonly notifying: readonly Alarm<"throttles" | "gateway-5xx">[];
  readonly topicArn: string;
}

interface Alarm<Metric extends keyof typeof metrics> {
  readonly name: string;
  readonly on: Metric;
}

/**
 * What is watched, and how much of it is too much within a minute. One error is: a tenth of little traffic holds few
 * requests. Their latency has room for the first ones of a version, which are slower than the rest.
 */
const metrics = {
  errors: { namespace: "AWS/Lambda", metricName: "Errors", statistic: "Sum", threshold: 0, of: "version" },
  // The function's own metric: API Gateway does not know which version answered.
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
  // A call is throttled before a version is chosen for it.
  throttles: {
    namespace: "AWS/Lambda",
    metricName: "Throttles",
    statistic: "Sum",
    threshold: 0,
    of: "alias",
  },
} as const;

/**
 * Alarms on a function that is released step by step: those that decide on its newest version while it gets its first
 * traffic, and those that cannot tell its versions apart and notify a topic.
 */
export class ReleaseAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ReleaseAlarmsProps) {
    super(scope, id);
    const { functionName, alarms, notifying, topicArn } = props;
    for (const alarm of alarms) {
      this.alarm(alarm, props, {
        alarmDescription: `The newest version of ${functionName} is not healthy: ${alarm.on}`,
      });
    }
    for (const alarm of notifying) {
      this.alarm(alarm, props, {
        alarmDescription: `${functionName}, whichever version: ${alarm.on}`,
        alarmActions: [topicArn],
        okActions: [topicArn],
      });
    }
  }

  private alarm(
    { on, name }: Alarm<keyof typeof metrics>,
    props: ReleaseAlarmsProps,
    rest: { alarmDescription: string; alarmActions?: string[]; okActions?: string[] },
  ): void {
    const { of, ...metric } = metrics[on];
    new CloudwatchMetricAlarm(this, on, {
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

/** A metric exists for exactly one set of dimensions: an alarm has to name all of them. */
function dimensions({ functionName, handler, apiId = "" }: ReleaseAlarmsProps) {
  const alias = { FunctionName: functionName, Resource: `${functionName}:${handler.alias.name}` };
  const version = { ExecutedVersion: handler.function.version };
  return {
    alias,
    // Lambda tells the versions behind an alias apart only while there are two.
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    version: { ...alias, ...version },
    // As lambda-src/api/server-errors.ts publishes it; `service` is Powertools'.
    published: { service: functionName, ...version },
    api: { ApiId: apiId },
  };
}

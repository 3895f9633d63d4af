import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import type { LiveFunction } from "./live-function";

export interface ReleaseAlarmsProps {
  readonly functionName: string;
  readonly handler: LiveFunction;
  /** The HTTP API that the function answers for, if it does. */
  readonly apiId?: string;
  /** The name of the alarm on each of what is watched. */
  readonly alarms: readonly { readonly name: string; readonly on: keyof typeof metrics }[];
}

/**
 * What is watched, and how much of it is too much within a minute. One error is: a tenth of little traffic holds few
 * requests. Their latency has room for the first ones of a version, which are slower than the rest.
 */
const metrics = {
  errors: { namespace: "AWS/Lambda", metricName: "Errors", statistic: "Sum", threshold: 0, of: "version" },
  "5xx": { namespace: "AWS/ApiGateway", metricName: "5xx", statistic: "Sum", threshold: 0, of: "api" },
  // A call is throttled before a version is chosen for it.
  throttles: {
    namespace: "AWS/Lambda",
    metricName: "Throttles",
    statistic: "Sum",
    threshold: 0,
    of: "alias",
  },
  latency: {
    namespace: "AWS/Lambda",
    metricName: "Duration",
    extendedStatistic: "p90",
    // Milliseconds; the API needs less than 100.
    threshold: 1500,
    of: "version",
  },
} as const;

/** Alarms that tell whether a function's newest version does well while it gets its first traffic. */
export class ReleaseAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { functionName, handler, apiId = "", alarms }: ReleaseAlarmsProps,
  ) {
    super(scope, id);
    const alias = { FunctionName: functionName, Resource: `${functionName}:${handler.alias.name}` };
    const dimensions = {
      alias,
      // Lambda tells the versions behind an alias apart only while there are two.
      version: { ...alias, ExecutedVersion: handler.function.version },
      api: { ApiId: apiId },
    };
    for (const { name, on } of alarms) {
      const { of, ...metric } = metrics[on];
      new CloudwatchMetricAlarm(this, on, {
        alarmName: name,
        alarmDescription: `The newest version of ${functionName} does not do well: ${on}`,
        ...metric,
        dimensions: dimensions[of],
        period: 60,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanThreshold",
        // Nothing is there while nobody calls.
        treatMissingData: "notBreaching",
      });
    }
  }
}

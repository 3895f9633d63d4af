import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import type { LiveFunction } from "./live-function";

export interface ReleaseAlarmsProps {
  readonly functionName: string;
  readonly handler: LiveFunction;
  /** The name of the alarm on each of what is watched. */
  readonly alarms: readonly { readonly name: string; readonly on: keyof typeof metrics }[];
}

/**
 * What of a metric is too much within a minute. With few requests a minute holds few of them, and the first ones
 * of a version are slower than the rest: the latency has room for that, and is nothing a caller would wait for.
 */
const metrics = {
  errors: { metricName: "Errors", statistic: "Sum", threshold: 0, of: "version" },
  // One is throttled before a version is chosen.
  throttles: { metricName: "Throttles", statistic: "Sum", threshold: 0, of: "alias" },
  latency: { metricName: "Duration", extendedStatistic: "p90", threshold: 1500, of: "version" },
} as const;

/** Alarms that tell whether a function's newest version does well while it gets its first traffic. */
export class ReleaseAlarms extends Construct {
  constructor(scope: Construct, id: string, { functionName, handler, alarms }: ReleaseAlarmsProps) {
    super(scope, id);
    const { version } = handler.function;
    for (const { name, on } of alarms) {
      const { of, ...metric } = metrics[on];
      new CloudwatchMetricAlarm(this, on, {
        alarmName: name,
        alarmDescription: `The newest version of ${functionName} does not do well: ${on}`,
        namespace: "AWS/Lambda",
        ...metric,
        // Lambda tells the versions behind an alias apart only while there are two.
        dimensions: {
          FunctionName: functionName,
          Resource: `${functionName}:${handler.alias.name}`,
          ...(of === "version" && { ExecutedVersion: version }),
        },
        period: 60,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanThreshold",
        // Nothing is there while nobody calls.
        treatMissingData: "notBreaching",
      });
    }
  }
}

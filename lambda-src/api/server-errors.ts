import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

/** The function and its version, as Lambda names them to itself. */
export interface Executed {
  readonly functionName: string;
  readonly functionVersion: string;
}

/** Counts the answers with 5xx of this version of the function. */
export interface ServerErrors {
  count(executed: Executed): void;
}

/**
 * Publishes the count in CloudWatch's embedded metric format: a line in the function's log, from which CloudWatch
 * makes the metric. So it needs no call and no permission, and costs nothing while there are no such answers.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const serverErrors: ServerErrors = {
  count({ functionName, functionVersion }) {
    // The alarm in stacks/constructs/release-alarms.ts names the same namespace and the same dimensions, all of them.
    const metrics = new Metrics({ namespace: "HeavyWater", serviceName: functionName });
    metrics.addDimension("ExecutedVersion", functionVersion);
    metrics.addMetric("ServerErrors", MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
  },
};

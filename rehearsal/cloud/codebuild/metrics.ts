import type { Build } from "@aws-sdk/client-codebuild";
import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from "@aws-sdk/client-cloudwatch";
import { clientConfig } from "../client-config";
import type { Cloud } from "../cloud";

/**
 * Publishes the metrics of a finished build, for its project and for the account. A failure or a timeout
 * counts as failed; a build that somebody stopped is neither a success nor a failure.
 */
export async function publishMetrics(cloud: Cloud, build: Build): Promise<void> {
  const client = new CloudWatchClient(clientConfig(cloud));
  try {
    const data = metricsOf(build);
    const project = [{ Name: "ProjectName", Value: build.projectName }];
    await client.send(
      new PutMetricDataCommand({
        Namespace: "AWS/CodeBuild",
        MetricData: [...data, ...data.map((datum) => ({ ...datum, Dimensions: project }))],
      }),
    );
  } finally {
    client.destroy();
  }
}

function metricsOf({ buildStatus, startTime, endTime }: Build): MetricDatum[] {
  const count = (MetricName: string): MetricDatum => ({
    MetricName,
    Value: 1,
    Unit: "Count",
    Timestamp: endTime,
  });
  // The clock may have been set back meanwhile.
  const seconds = Math.max(0, (endTime!.getTime() - startTime!.getTime()) / 1000);
  const duration: MetricDatum = {
    MetricName: "Duration",
    Value: seconds,
    Unit: "Seconds",
    Timestamp: endTime,
  };
  if (buildStatus === "SUCCEEDED") return [count("Builds"), count("SucceededBuilds"), duration];
  if (buildStatus === "STOPPED") return [count("Builds"), duration];
  return [count("Builds"), count("FailedBuilds"), duration];
}

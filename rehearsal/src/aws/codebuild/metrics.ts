import type { Build, BuildPhaseType } from "@aws-sdk/client-codebuild";
import {
  CloudWatchClient,
  PutMetricDataCommand,
  type MetricDatum,
  type StandardUnit,
} from "@aws-sdk/client-cloudwatch";
import { clientConfig } from "../client-config";
import type { AwsContext } from "../aws-context";

/**
 * Publishes the metrics of a finished build and its phases, for its project and for the account. A failure or a timeout
 * counts as failed; a stopped build counts as neither succeeded nor failed.
 */
export async function publishMetrics(aws: AwsContext, build: Build): Promise<void> {
  const client = new CloudWatchClient(clientConfig(aws));
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

function metricsOf(build: Build): MetricDatum[] {
  const { buildStatus, startTime, endTime } = build;
  const datum = (MetricName: string, Unit: StandardUnit, Value: number): MetricDatum => ({
    MetricName,
    Value,
    Unit,
    Timestamp: endTime,
  });
  const counts = ["Builds"];
  if (buildStatus === "SUCCEEDED") counts.push("SucceededBuilds");
  else if (buildStatus !== "STOPPED") counts.push("FailedBuilds");
  // The clock may have been set back meanwhile.
  const seconds = Math.max(0, (endTime!.getTime() - startTime!.getTime()) / 1000);
  const ended = build.phases!.filter(({ durationInSeconds }) => durationInSeconds !== undefined);
  return [
    ...counts.map((name) => datum(name, "Count", 1)),
    datum("Duration", "Seconds", seconds),
    ...ended.map(({ phaseType, durationInSeconds }) =>
      datum(durationMetric(phaseType!), "Seconds", durationInSeconds!),
    ),
  ];
}

/** Returns the name of a phase's duration metric: `PreBuildDuration` for `PRE_BUILD`. */
function durationMetric(phase: BuildPhaseType): string {
  const words = phase.split("_").map((word) => word[0]! + word.slice(1).toLowerCase());
  return `${words.join("")}Duration`;
}

import { CloudWatchClient, GetMetricStatisticsCommand, type Datapoint } from "@aws-sdk/client-cloudwatch";
import { clientConfig } from "../../../src/aws/client-config";
import { commands, useBuildFixture } from "./build-fixture";

const fixture = useBuildFixture();

describe("the metrics of a build", () => {
  /** Returns a metric's data points of the last hour, for one project or for all. */
  async function dataPoints(MetricName: string, project?: string): Promise<Datapoint[]> {
    const cloudwatch = new CloudWatchClient(clientConfig(fixture.account.aws));
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: "AWS/CodeBuild",
        MetricName,
        Dimensions: project === undefined ? [] : [{ Name: "ProjectName", Value: project }],
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 3600,
        Statistics: ["Sum", "SampleCount"],
      }),
    );
    cloudwatch.destroy();
    return Datapoints;
  }

  async function sumOf(MetricName: string, project?: string): Promise<number> {
    return (await dataPoints(MetricName, project)).reduce((total, point) => total + point.Sum!, 0);
  }

  it("count a failure for its project and for the account", async () => {
    const names = ["Builds", "FailedBuilds", "SucceededBuilds"];
    const sums = (project?: string) => Promise.all(names.map((name) => sumOf(name, project)));
    const before = await sums();
    const failed = await sums((await fixture.build(commands("false"))).project);
    const succeeded = await sums((await fixture.build(commands("true"))).project);
    expect(failed).toEqual([1, 1, 0]);
    expect(succeeded).toEqual([1, 0, 1]);
    // Asked for no project, AWS answers for the account; the emulator adds up the projects and the fixture.account.
    const after = await sums();
    const ofAccount = names.map((_, at) => after[at]! - before[at]! - failed[at]! - succeeded[at]!);
    expect(ofAccount).toEqual([2, 1, 1]);
  });

  it("contain the duration of the build and of each phase", async () => {
    const before = await sumOf("BuildDuration");
    const finished = await fixture.build(commands("sleep 1"));
    const { phases: ran, startTime, endTime } = finished.build;
    const taken = ran!.find(({ phaseType }) => phaseType === "BUILD")!.durationInSeconds!;
    expect(taken).toBeGreaterThan(0);
    const seconds = (endTime!.getTime() - startTime!.getTime()) / 1000;
    const point = (Sum: number) => [
      expect.objectContaining({ Unit: "Seconds", SampleCount: 1, Sum }) as Datapoint,
    ];
    expect(await dataPoints("Duration", finished.project)).toEqual(point(seconds));
    expect(await dataPoints("BuildDuration", finished.project)).toEqual(point(taken));
    // For the account and for the project.
    expect((await sumOf("BuildDuration")) - before).toBe(2 * taken);
    const metrics = {
      SUBMITTED: "SubmittedDuration",
      QUEUED: "QueuedDuration",
      PROVISIONING: "ProvisioningDuration",
      DOWNLOAD_SOURCE: "DownloadSourceDuration",
      INSTALL: "InstallDuration",
      PRE_BUILD: "PreBuildDuration",
      POST_BUILD: "PostBuildDuration",
      UPLOAD_ARTIFACTS: "UploadArtifactsDuration",
      FINALIZING: "FinalizingDuration",
    };
    for (const [phase, metric] of Object.entries(metrics)) {
      const { durationInSeconds } = ran!.find(({ phaseType }) => phaseType === phase)!;
      expect(await dataPoints(metric, finished.project)).toEqual(point(durationInSeconds!));
    }
    expect(await dataPoints("CompletedDuration", finished.project)).toEqual([]);
  });

  it("omit a phase that did not run", async () => {
    const finished = await fixture.build(`version: 0.2\nphases:\n  install:\n    commands: ["false"]\n`);
    expect(await dataPoints("InstallDuration", finished.project)).toHaveLength(1);
    expect(await dataPoints("BuildDuration", finished.project)).toEqual([]);
  });
});

import { resourcesOf, serviceStack, synthesized } from "../support/synth";

function usageAlarms(environment: string, changes: Record<string, string> = {}) {
  const stack = synthesized(serviceStack(environment, changes));
  return resourcesOf(stack, "aws_cloudwatch_metric_alarm").filter(({ alarm_name: name }) =>
    /-(requests|stored-bytes)$/.test(String(name)),
  );
}

describe("an environment", () => {
  it.each(["dev", "prod"])(
    "notifies the failure topic of a flood of requests and of bytes in %s",
    (environment) => {
      const common = { comparison_operator: "GreaterThanThreshold", evaluation_periods: 1 };
      const alarms = usageAlarms(environment, {
        service_requests_per_second: "10",
        service_stored_gigabytes: "2",
      });
      expect(alarms).toEqual([
        expect.objectContaining({
          ...common,
          alarm_name: `hw-${environment}-requests`,
          namespace: "AWS/ApiGateway",
          metric_name: "Count",
          statistic: "Sum",
          period: 3600,
          // Half of 10 a second, for an hour.
          threshold: 18_000,
          dimensions: { ApiId: expect.stringMatching(/aws_apigatewayv2_api\.\w+\.id/) as string },
        }),
        expect.objectContaining({
          ...common,
          alarm_name: `hw-${environment}-stored-bytes`,
          namespace: "AWS/S3",
          metric_name: "BucketSizeBytes",
          period: 86_400,
          threshold: 2_000_000_000,
          treat_missing_data: "ignore",
          dimensions: {
            BucketName: expect.stringMatching(/aws_s3_bucket\.\w+\.id/) as string,
            StorageType: "StandardStorage",
          },
        }),
      ]);
      for (const { alarm_actions: actions } of alarms)
        expect(actions).toEqual([expect.stringMatching(/:hw-codebuild-failed-sns$/)]);
    },
  );

  it("does not judge the size of a bucket that existed before", () => {
    const [alarm, ...others] = usageAlarms("prod", { service_existing_bucket_prod: "acme-docs" });
    expect(alarm?.alarm_name).toBe("hw-prod-requests");
    expect(others).toEqual([]);
  });
});

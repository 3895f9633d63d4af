import { CloudWatchClient, ListMetricsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { testEmulator, type TestEmulator } from "./fixture";

const DAY = 24 * 60 * 60_000;
const Namespace = "Test";

let emulator: TestEmulator;
/** The same without what is tested: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["old-metrics"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Records values of a metric. @param days how long ago each of them was measured */
async function put(cloudwatch: CloudWatchClient, MetricName: string, ...days: number[]): Promise<void> {
  for (const ago of days) {
    const Timestamp = new Date(Date.now() - ago * DAY);
    await cloudwatch.send(
      new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName, Timestamp, Value: 1 }] }),
    );
  }
}

async function metrics(cloudwatch: CloudWatchClient): Promise<string[]> {
  const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ Namespace }));
  return Metrics.map(({ MetricName }) => MetricName!).sort();
}

describe("metrics", () => {
  it("are forgotten when their values are older than two weeks", async () => {
    for (const on of [emulator, bare]) {
      const cloudwatch = new CloudWatchClient(on.client());
      await put(cloudwatch, "new", 1);
      await put(cloudwatch, "old", 15);
      await put(cloudwatch, "both", 15, 1);
      expect(await metrics(cloudwatch)).toEqual(["both", "new"]);
      cloudwatch.destroy();
    }
  });

  it("do not slow every request to CloudWatch with their number, as in ministack itself", async () => {
    const fastest = async (on: TestEmulator) => {
      const cloudwatch = new CloudWatchClient(on.client());
      const Values = Array.from({ length: 150 }, (_, value) => value);
      const MetricData = Array.from({ length: 1000 }, () => ({ MetricName: "many", Values }));
      for (let i = 0; i < 5; i++) {
        await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
      }
      const times: number[] = [];
      for (let i = 0; i < 10; i++) {
        const began = performance.now();
        await metrics(cloudwatch);
        times.push(performance.now() - began);
      }
      cloudwatch.destroy();
      return Math.min(...times);
    };
    // Without the workaround one of the two is faster by chance, but not twice as fast. It is a tenth of the time.
    expect(2 * (await fastest(emulator))).toBeLessThan(await fastest(bare));
  }, 120_000);
});

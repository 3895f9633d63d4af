import { CloudWatchClient, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { waitForAlarms } from "../../../tasks/releases/alarms";

/** A CloudWatch whose answers are these, one after the other, and then the last again. */
function cloudwatch(...answers: MetricAlarm[][]) {
  const client = new CloudWatchClient({ region: "eu-west-1" });
  let asked = 0;
  const send = jest.fn(() =>
    Promise.resolve({
      MetricAlarms: answers[Math.min(asked++, answers.length - 1)],
    }),
  );
  Object.assign(client, { send });
  return { client, send };
}

const firing = (version: string): MetricAlarm => ({
  AlarmName: "hw-prod-api-5xx",
  Dimensions: [
    { Name: "service", Value: "hw-prod-api" },
    { Name: "ExecutedVersion", Value: version },
  ],
});
const ofApi: MetricAlarm = {
  AlarmName: "hw-prod-api-gateway-5xx",
  Dimensions: [{ Name: "ApiId", Value: "a" }],
};

beforeEach(() => jest.spyOn(console, "error").mockImplementation());
afterEach(() => jest.restoreAllMocks());

it("waitForAlarms waits until the alarms no longer have the state of the previous version", async () => {
  const { client, send } = cloudwatch([firing("7")], [firing("7")], []);
  await waitForAlarms(client, "hw-prod-api", "7", {
    longest: 60_000,
    between: 1,
  });
  expect(send).toHaveBeenCalledTimes(3);
  const [[command]] = send.mock.calls as unknown as [[{ input: object }]];
  expect(command.input).toEqual({
    AlarmNamePrefix: "hw-prod-api-",
    StateValue: "ALARM",
  });
  expect(jest.mocked(console.error).mock.calls).toEqual(
    [1, 2].map(() => ["Waiting for hw-prod-api-5xx to be evaluated for version 7."]),
  );
});

it("waitForAlarms ignores other alarms: production can fail while its fix is released", async () => {
  const named = { Dimensions: [{ Name: "FunctionName", Value: "7" }] };
  const { client, send } = cloudwatch([ofApi, firing("6"), named, {}]);
  await waitForAlarms(client, "hw-prod-api", "7");
  expect(send).toHaveBeenCalledTimes(1);
});

it("waitForAlarms names the alarm that stays in ALARM", async () => {
  const { client } = cloudwatch([firing("7"), { ...firing("7"), AlarmName: "other" }]);
  await expect(waitForAlarms(client, "hw-prod-api", "7", { longest: 0, between: 1 })).rejects.toThrow(
    "Version 7 of hw-prod-api gets no traffic: hw-prod-api-5xx, other still in ALARM, although that version has had no invocations yet. " +
      "Look at the alarm in CloudWatch, and retry the stage when it is OK.",
  );
});

import { serverErrors } from "../../../lambda-src/api/server-errors";

it("a count is one line in the embedded metric format, with function and version as its dimensions", () => {
  const lines: string[] = [];
  // Powertools writes with a console of its own, past the one that jest watches.
  jest.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  serverErrors.count({ functionName: "hw-prod-api", functionVersion: "7" });
  jest.restoreAllMocks();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    _aws: {
      CloudWatchMetrics: [
        {
          Namespace: "HeavyWater",
          Dimensions: [["service", "ExecutedVersion"]],
          Metrics: [{ Name: "ServerErrors", Unit: "Count" }],
        },
      ],
    },
    service: "hw-prod-api",
    ExecutedVersion: "7",
    ServerErrors: 1,
  });
});

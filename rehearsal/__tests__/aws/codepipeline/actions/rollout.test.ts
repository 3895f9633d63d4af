import { readStrategy } from "../../../../src/aws/codepipeline/actions/rollout";

it.each<[string, number[], number]>([
  ["AllAtOnce", [100], 0],
  ["Canary10Percent5Minutes", [10, 100], 5],
  ["Canary99Percent2880Minutes", [99, 100], 2880],
  ["Linear10PercentEvery1Minute", [10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 1],
  ["Linear30PercentEvery2Minutes", [30, 60, 90, 100], 2],
  ["Linear50PercentEvery2880Minutes", [50, 100], 2880],
])("reads %s as %j percent, every %d minutes", (strategy, percents, minutes) => {
  expect(readStrategy(strategy)).toEqual({ percents, minutes });
});

it.each([
  "Canary",
  "Canary0Percent5Minutes",
  "Canary100Percent5Minutes",
  "Canary10Percent0Minutes",
  "Canary10Percent2881Minutes",
  "Linear10Percent5Minutes",
  "Linear1PercentEvery30Minutes",
  "canary10Percent5Minutes",
])("rejects %s", (strategy) => {
  expect(readStrategy(strategy)).toBeUndefined();
});

import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { deleteLogs } from "../../../tasks/branches/logs";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => (aws = await awsOfThisProcess()));
afterAll(() => aws.stop());

it("deleteLogs deletes the log groups with the branch's prefix, on every page", async () => {
  aws.answer = ({ operation, input }) => {
    if (operation === "DeleteLogGroup") return { body: {} };
    if (input.logGroupNamePrefix !== "/aws/lambda/hw_develop-") return { body: { logGroups: [] } };
    return input.nextToken === undefined
      ? { body: { logGroups: [{ logGroupName: "/aws/lambda/hw_develop-dev-api" }], nextToken: "2" } }
      : { body: { logGroups: [{ logGroupName: "/aws/lambda/hw_develop-dev-record-object" }] } };
  };
  await deleteLogs(new CloudWatchLogsClient(), "hw_develop");
  const prefixes = aws.calls.map(({ input }) => input.logGroupNamePrefix);
  expect(new Set(prefixes.filter(Boolean))).toEqual(
    new Set(["apigateway", "codebuild", "lambda"].map((service) => `/aws/${service}/hw_develop-`)),
  );
  const deleted = aws.calls.filter(({ operation }) => operation === "DeleteLogGroup");
  expect(deleted.map(({ input }) => input.logGroupName)).toEqual([
    "/aws/lambda/hw_develop-dev-api",
    "/aws/lambda/hw_develop-dev-record-object",
  ]);
});

import { ApiGatewayV2Client, CreateApiCommand, CreateStageCommand } from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { policyDocument } from "../../../stacks/constructs/policy";
import { namesOf } from "../../../stacks/names";
import { accessLogPolicy } from "../../../stacks/iam/access-logs";
import { Arns } from "../../../stacks/iam/arns";
import { settingsWith } from "../../../__tests__/support/settings";
import { ACCOUNT, decision, REGION, sessionOf, testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without the workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["access-logs"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** The policy of the state stack, in an account. */
function deployed(accountId: string): string {
  const at = { partition: "aws", region: REGION, accountId };
  return policyDocument(accessLogPolicy(new Arns(at, namesOf(settingsWith()))));
}

/** Creates a stage with an access log, with a role that has no permission to change the policies of logs. */
async function createStage(on: TestEmulator, name: string, group: string, policy?: string): Promise<string> {
  const root = on.client();
  const logs = new CloudWatchLogsClient(root);
  await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
  if (policy !== undefined)
    await logs.send(new PutResourcePolicyCommand({ policyName: "access-logs", policyDocument: policy }));
  const { ApiId } = await new ApiGatewayV2Client(root).send(
    new CreateApiCommand({ Name: name, ProtocolType: "HTTP" }),
  );
  const session = await sessionOf(on, name, [{ Effect: "Allow", Action: "apigateway:*", Resource: "*" }]);
  const DestinationArn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`;
  return decision(
    new ApiGatewayV2Client(on.client(session)).send(
      new CreateStageCommand({
        ApiId,
        StageName: "$default",
        AccessLogSettings: { DestinationArn, Format: "$context.requestId" },
      }),
    ),
  );
}

it("a step cannot enable an access log that the delivery service is not allowed to write", async () => {
  expect(await createStage(emulator, "none", "/aws/apigateway/hw-none")).toMatch(/logs:PutResourcePolicy/);
  expect(await createStage(bare, "none", "/aws/apigateway/hw-none")).toBe("allowed");
});

it("a step enables an access log that the policy of the state stack covers, and no other", async () => {
  const foreign = deployed("999988887777");
  expect(await createStage(emulator, "foreign", "/aws/apigateway/hw-foreign", foreign)).toMatch(
    /logs:PutResourcePolicy/,
  );
  const own = deployed(ACCOUNT);
  expect(await createStage(emulator, "own", "/aws/apigateway/hw-dev", own)).toBe("allowed");
  expect(await createStage(emulator, "branch", "/aws/apigateway/hw_develop-dev")).toBe("allowed");
  expect(await createStage(emulator, "other", "/aws/apigateway/other-dev")).toMatch(/logs:PutResourcePolicy/);
});

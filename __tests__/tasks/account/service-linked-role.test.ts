import { IAMClient } from "@aws-sdk/client-iam";
import { ensureApiGatewayRole } from "../../../tasks/account/service-linked-role";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

const refused = (code: string, message: string, status = 400): Reply => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

const taken =
  "Service role name AWSServiceRoleForAPIGateway has been taken in this account, please try a different suffix.";

async function ensure(answer: Reply): Promise<boolean> {
  aws.answer = () => answer;
  return ensureApiGatewayRole(new IAMClient({ maxAttempts: 1 }));
}

it("ensureApiGatewayRole creates the role if the account does not have it", async () => {
  expect(await ensure({ body: "<CreateServiceLinkedRoleResponse/>" })).toBe(true);
  expect(aws.calls.at(-1)).toMatchObject({
    operation: "CreateServiceLinkedRole",
    input: { AWSServiceName: "ops.apigateway.amazonaws.com" },
  });
});

it("ensureApiGatewayRole leaves an existing role alone", async () => {
  expect(await ensure(refused("InvalidInput", taken))).toBe(false);
});

it.each([
  ["the caller is not allowed to create it", refused("AccessDenied", "You may not", 403)],
  ["another error quotes the reason of an existing role", refused("AccessDenied", taken, 403)],
  ["the name of the service is wrong", refused("InvalidInput", "Unknown service principal")],
])("ensureApiGatewayRole names the command for an administrator if %s", async (_, answer) => {
  await expect(ensure(answer)).rejects.toThrow(
    /cannot be created: .*\n.*aws iam create-service-linked-role --aws-service-name ops\.apigateway\.amazonaws\.com/,
  );
});

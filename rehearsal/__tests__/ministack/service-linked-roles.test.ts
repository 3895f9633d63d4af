import { ApiGatewayV2Client, CreateApiCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateServiceLinkedRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { ACCOUNT, decision, sessionOf, testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without the workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["service-linked-roles"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const SERVICE = "ops.apigateway.amazonaws.com";
const ARN = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/${SERVICE}/AWSServiceRoleForAPIGateway`;

/** Creates an API with a role that is allowed to, and whatever else it is allowed. */
async function createApi(on: TestEmulator, name: string, ...more: readonly object[]): Promise<string> {
  const statement = { Effect: "Allow", Action: "apigateway:*", Resource: "*" };
  const gateway = new ApiGatewayV2Client(on.client(await sessionOf(on, name, [statement, ...more])));
  return decision(gateway.send(new CreateApiCommand({ Name: name, ProtocolType: "HTTP" })));
}

describe("API Gateway's service-linked role", () => {
  it("is needed by a caller that is not allowed to create it", async () => {
    expect(await createApi(emulator, "first")).toMatch(
      `not authorized to perform: iam:CreateServiceLinkedRole on resource: ${ARN}`,
    );
    expect(await createApi(bare, "first")).toBe("allowed");
  });

  it("is created with the first API of a caller that is allowed to, and then serves every caller", async () => {
    const Condition = { StringEquals: { "iam:AWSServiceName": SERVICE } };
    const may = { Effect: "Allow", Action: "iam:CreateServiceLinkedRole", Resource: ARN, Condition };
    expect(await createApi(emulator, "second", may)).toBe("allowed");
    const iam = new IAMClient(emulator.client());
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForAPIGateway" }));
    expect(Role?.Arn).toBe(ARN);
    expect(await createApi(emulator, "third")).toBe("allowed");
  });

  it("cannot be created twice", async () => {
    const iam = new IAMClient(emulator.client());
    await expect(
      iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: SERVICE })),
    ).rejects.toMatchObject({
      name: "InvalidInputException",
      message: expect.stringContaining("has been taken in this account") as string,
    });
  });
});

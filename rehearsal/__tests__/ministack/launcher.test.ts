import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  GetApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { createRole, functionZip, testEmulator, WORKAROUNDS, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

it("events of AWS services are accepted, which ministack refuses", async () => {
  const put = async (on: TestEmulator) => {
    const Entries = [{ Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Detail: "{}" }];
    return (await new EventBridgeClient(on.client()).send(new PutEventsCommand({ Entries }))).Entries?.[0]
      ?.ErrorCode;
  };
  expect(await put(emulator)).toBeUndefined();
  expect(await put(bare)).toBe("NotAuthorizedForSourceException");
});

const handler = `
exports.handler = async (event) => {
  const env = (name) => process.env[name];
  const names = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"];
  return event.rawPath === undefined
    ? Object.fromEntries(names.map((name) => [name, env(name)]))
    : { statusCode: 200, body: JSON.stringify({ path: event.rawPath, method: event.requestContext.http.method }) };
};`;

async function createFunction(on: TestEmulator): Promise<string> {
  const Role = await createRole(on, "function", [], { Service: "lambda.amazonaws.com" });
  const { FunctionArn } = await new LambdaClient(on.client()).send(
    new CreateFunctionCommand({
      FunctionName: "echo",
      Role,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await functionZip(handler) },
    }),
  );
  await new LambdaClient(on.client()).send(
    new AddPermissionCommand({
      FunctionName: "echo",
      StatementId: "api",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
    }),
  );
  return FunctionArn!;
}

async function createApi(on: TestEmulator, target: string): Promise<string> {
  const gateway = new ApiGatewayV2Client(on.client());
  const { ApiId } = await gateway.send(new CreateApiCommand({ Name: "documents", ProtocolType: "HTTP" }));
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: target,
      PayloadFormatVersion: "2.0",
    }),
  );
  const Target = `integrations/${IntegrationId}`;
  await gateway.send(new CreateRouteCommand({ ApiId, RouteKey: "ANY /documents/{id}", Target }));
  await gateway.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
  return (await gateway.send(new GetApiCommand({ ApiId }))).ApiEndpoint!;
}

describe("an HTTP API and its function", () => {
  let target: string;
  beforeAll(async () => {
    target = await createFunction(emulator);
  });

  it("answer under the endpoint the API is described with", async () => {
    const endpoint = await createApi(emulator, target);
    const response = await fetch(`${endpoint}/documents/7`, { method: "PUT", body: "{}" });
    expect(await response.json()).toEqual({ path: "/documents/7", method: "PUT" });
    expect((await fetch(`${endpoint}/elsewhere`)).status).toBe(404);
  });

  it("have a host name in ministack itself that Node.js may not resolve", async () => {
    const { ApiEndpoint } = await new ApiGatewayV2Client(bare.client()).send(
      new CreateApiCommand({ Name: "documents", ProtocolType: "HTTP" }),
    );
    expect(new URL(ApiEndpoint!).hostname).toMatch(/\.localhost$/);
  });

  it("call the emulator with the permissions of the function's role", async () => {
    const { Payload } = await new LambdaClient(emulator.client()).send(
      new InvokeCommand({ FunctionName: target, Payload: "{}" }),
    );
    const given = JSON.parse(Buffer.from(Payload!).toString()) as Record<string, string>;
    expect(given["AWS_ENDPOINT_URL"]).toBe(emulator.url);
    expect(given["AWS_REGION"]).toBe("eu-west-1");
    const credentials = {
      accessKeyId: given["AWS_ACCESS_KEY_ID"]!,
      secretAccessKey: given["AWS_SECRET_ACCESS_KEY"]!,
      sessionToken: given["AWS_SESSION_TOKEN"]!,
    };
    const refused = new LambdaClient(emulator.client(credentials)).send(
      new InvokeCommand({ FunctionName: target }),
    );
    await expect(refused).rejects.toThrow("assumed-role/function/echo is not authorized to perform");
  });
});

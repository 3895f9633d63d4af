import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createRole, functionZip, testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
let bare: TestEmulator;
beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["function-variables"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Returns the variable that a function sees after it was added. */
async function seen(on: TestEmulator): Promise<unknown> {
  await on.addFunctionVariables({ AWS_ENDPOINT_URL_CODEPIPELINE: "http://127.0.0.1:1" });
  const lambda = new LambdaClient(on.client());
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "one",
      Role: await createRole(on, "function", [], { Service: "lambda.amazonaws.com" }),
      Runtime: "nodejs22.x",
      Handler: "dist/index.handler",
      Code: {
        ZipFile: await functionZip(
          "exports.handler = async () => process.env.AWS_ENDPOINT_URL_CODEPIPELINE ?? null;",
          "dist/index.js",
        ),
      },
    }),
  );
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "one" }));
  return JSON.parse(Buffer.from(Payload!).toString()) as unknown;
}

describe("a function", () => {
  it("gets the variables of the rehearsal, such as the endpoints of services beside the emulator", async () => {
    expect(await seen(emulator)).toBe("http://127.0.0.1:1");
  });

  it("knows only the emulator's endpoint in ministack itself", async () => {
    expect(await seen(bare)).toBeNull();
  });
});

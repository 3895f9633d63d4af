import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createRole, functionZip, testEmulator, type TestEmulator } from "./fixture";

/** Invocations at once, of a function that takes half a second to start and none to answer. */
const AT_ONCE = 24;

let emulator: TestEmulator;
/** The same without what is tested: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["process-starts"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** How many processes have answered. */
async function processes(on: TestEmulator, handler: string): Promise<number> {
  const FunctionName = "busy";
  const lambda = new LambdaClient({
    ...on.client(),
    requestHandler: { httpsAgent: { maxSockets: AT_ONCE } },
  });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: await createRole(on, "function", [], { Service: "lambda.amazonaws.com" }),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: {
        ZipFile: await functionZip(
          `const until = Date.now() + 500;\nwhile (Date.now() < until);\nexports.handler = ${handler};`,
        ),
      },
    }),
  );
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
      return Buffer.from(Payload!).toString();
    }),
  );
  lambda.destroy();
  return new Set(answers).size;
}

describe("a function", () => {
  it("starts few processes for many concurrent invocations, where ministack itself starts one each", async () => {
    const handler = "async () => process.pid";
    expect(await processes(emulator, handler)).toBeLessThan(AT_ONCE / 2);
    expect(await processes(bare, handler)).toBeGreaterThan(AT_ONCE / 2);
  }, 120_000);
});

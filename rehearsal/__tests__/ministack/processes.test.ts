import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createRole, functionZip, testEmulator, type TestEmulator } from "./fixture";

/** Invocations at once, of a function that takes half a second to start and none to answer. */
const AT_ONCE = 24;

let emulator: TestEmulator;
/** The same without what is tested: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["process-starts", "process-logs"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

async function createFunction(on: TestEmulator, FunctionName: string, code: string): Promise<LambdaClient> {
  const lambda = new LambdaClient({
    ...on.client(),
    requestHandler: { httpsAgent: { maxSockets: AT_ONCE } },
  });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: await createRole(on, FunctionName, [], { Service: "lambda.amazonaws.com" }),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: await functionZip(code) },
    }),
  );
  return lambda;
}

/** How many processes have answered. */
async function processes(on: TestEmulator, handler: string): Promise<number> {
  const FunctionName = "busy";
  const code = `const until = Date.now() + 500;\nwhile (Date.now() < until);\nexports.handler = ${handler};`;
  const lambda = await createFunction(on, FunctionName, code);
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

  it("answers at once if it logs nothing, where ministack itself waits, and its log is complete", async () => {
    const FunctionName = "logs";
    const code = "exports.handler = async (lines) => { for (const line of lines) console.log(line); };";
    const fastestWithoutLog = async (on: TestEmulator) => {
      const lambda = await createFunction(on, FunctionName, code);
      const times: number[] = [];
      for (let i = 0; i < 20; i++) {
        const lines = i % 2 === 0 ? [] : [`${i} begins`, "x".repeat(100_000), `${i} ends`];
        const began = performance.now();
        const { LogResult = "" } = await lambda.send(
          new InvokeCommand({ FunctionName, LogType: "Tail", Payload: JSON.stringify(lines) }),
        );
        if (lines.length === 0) times.push(performance.now() - began);
        const log = Buffer.from(LogResult, "base64").toString();
        // The last 4 kB of the log.
        if (lines.length > 0) expect(log).toContain(`x\n${i} ends`);
        expect(log).not.toContain(`${i - 1} ends`);
      }
      lambda.destroy();
      return Math.min(...times);
    };
    // It saves 50 ms of each, however long the rest takes; by chance one of the two is faster, but not by so much.
    expect((await fastestWithoutLog(emulator)) + 20).toBeLessThan(await fastestWithoutLog(bare));
  }, 120_000);
});

import {
  CreateFunctionCommand,
  GetAccountSettingsCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { createRole, functionZip, testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
let bare: TestEmulator;
beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["reserved-concurrency"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Two functions without a reservation, and what the account has. */
async function twoFunctions(on: TestEmulator) {
  const lambda = new LambdaClient(on.client());
  const Role = await createRole(on, "function", [], { Service: "lambda.amazonaws.com" });
  for (const FunctionName of ["one", "two"]) {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: await functionZip("exports.handler = () => 1;") },
      }),
    );
  }
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand());
  const reserve = (FunctionName: string, ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  return { limit: AccountLimit!.ConcurrentExecutions!, reserve };
}

describe("reserved concurrency", () => {
  it("leaves 100 executions to functions without a reservation", async () => {
    const { limit, reserve } = await twoFunctions(emulator);
    await expect(reserve("one", 9000)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining("below its minimum value of [100]") as string,
    });
    await reserve("one", limit - 100);
    await expect(reserve("two", 1)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
    // Its own reservation counts once.
    await reserve("one", limit - 101);
    await reserve("two", 1);
  });

  it("exceeds the account's limit in ministack itself", async () => {
    const { limit, reserve } = await twoFunctions(bare);
    await reserve("one", limit * 10);
  });
});

import { GetAliasCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import type { Production } from "./production";
import type { FaultHarness } from "./fault-harness";

/** Delivers a version of the API that cannot start. */
export function badVersion(harness: () => FaultHarness, production: () => Production): void {
  const live = async () => {
    const lambda = new LambdaClient(clientConfig(harness().session.aws.context));
    const { FunctionVersion } = await lambda.send(
      new GetAliasCommand({ FunctionName: "hw-prod-api", Name: "live" }),
    );
    return FunctionVersion;
  };

  it("fails in the integration test when a version cannot start, and production keeps its version", async () => {
    const before = { version: await live(), commit: await production().commit() };
    const fails = 'if (process.env.BUCKET) throw new Error("This version cannot start.");\n';
    harness().edit("lambda-src/api/handler.ts", (text) => text + fails);
    await harness().commit("Fail on start");
    const { failure } = await harness().deliver();
    expect(failure?.action).toBe("IntegrationTest");
    expect({ version: await live(), commit: await production().commit() }).toEqual(before);

    await harness().session.workstation.git("revert", "--no-edit", "HEAD");
    expect((await harness().deliver()).status).toBe("Succeeded");
    expect(await production().commit()).toBe(await harness().session.workstation.head());
  });
}

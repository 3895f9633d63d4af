import { GetAliasCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import type { Production } from "./production";
import type { Stand } from "./stand";

/** A version of the API that cannot start. */
export function badVersion(stand: () => Stand, production: () => Production): void {
  const live = async () => {
    const lambda = new LambdaClient(clientConfig(stand().session.aws.context));
    const { FunctionVersion } = await lambda.send(
      new GetAliasCommand({ FunctionName: "hw-prod-api", Name: "live" }),
    );
    return FunctionVersion;
  };

  it("a version that cannot start is stopped by the test on dev; production keeps the one it has", async () => {
    const before = { version: await live(), commit: await production().commit() };
    const fails = 'if (process.env.BUCKET) throw new Error("This version cannot start.");\n';
    stand().edit("lambda-src/api/handler.ts", (text) => text + fails);
    await stand().commit("Fail on start");
    const { failure } = await stand().push();
    expect(failure?.action).toBe("IntegrationTest");
    expect({ version: await live(), commit: await production().commit() }).toEqual(before);

    await stand().session.workstation.git("revert", "--no-edit", "HEAD");
    expect((await stand().push()).status).toBe("Succeeded");
    expect(await production().commit()).toBe(await stand().session.workstation.head());
  });
}

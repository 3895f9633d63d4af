import { GetAliasCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientConfig } from "../../../rehearsal/cloud/client-config";
import type { Production } from "./production";
import type { Stand } from "./stand";

/** A version of the API that cannot start. */
export function badVersion(stand: () => Stand, production: () => Production): void {
  const live = async () => {
    const lambda = new LambdaClient(clientConfig(stand().session.cloud.cloud));
    const { FunctionVersion } = await lambda.send(
      new GetAliasCommand({ FunctionName: "hw-prod-api", Name: "live" }),
    );
    return FunctionVersion;
  };

  it("a version that cannot start is stopped by the test on dev; production keeps the one it has", async () => {
    const before = { version: await live(), commit: await production().commit() };
    const handler = join(stand().session.laptop.clone, "lambda-src/api/handler.ts");
    const good = readFileSync(handler, "utf8");
    await stand().commit("Fail on start", () =>
      writeFileSync(
        handler,
        `${good}\nif (process.env.BUCKET) throw new Error("This version cannot start.");\n`,
      ),
    );
    const { failure } = await stand().push();
    expect(failure?.action).toBe("IntegrationTest");
    expect({ version: await live(), commit: await production().commit() }).toEqual(before);

    await stand().commit("Start again", () => writeFileSync(handler, good));
    expect((await stand().push()).status).toBe("Succeeded");
    expect(await production().commit()).toBe(await stand().session.laptop.head());
  });
}

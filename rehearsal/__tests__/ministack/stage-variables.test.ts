import { ApiGatewayV2Client, CreateApiCommand } from "@aws-sdk/client-apigatewayv2";
import { recordDelivery, readDelivery } from "../../../tasks/releases/delivery";
import { HttpApis } from "../support/http-api";
import { testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without the workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["stage-variables"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Returns the stage variables that a function gets. */
async function variablesOf(url: string): Promise<unknown> {
  return ((await (await fetch(`${url}/`)).json()) as { stageVariables?: unknown }).stageVariables;
}

it("a function gets the delivered commit from its API's stage", async () => {
  const delivery = { commit: "c0ffee", version: "7" };
  for (const [on, variables] of [
    [emulator, delivery],
    [bare, undefined],
  ] as const) {
    const client = new ApiGatewayV2Client(on.client());
    const apis = await HttpApis.on(on);
    const { name, url } = await apis.create([{ routeKey: "$default", authorization: "NONE" }]);
    expect(await variablesOf(url)).toBeUndefined();
    expect(await readDelivery(client, name)).toBeUndefined();
    await recordDelivery(client, name, delivery);
    expect(await variablesOf(url)).toEqual(variables);
    expect(await readDelivery(client, name)).toEqual(delivery);
  }
});

it("a delivery is recorded only if exactly one API has the name", async () => {
  const client = new ApiGatewayV2Client(emulator.client());
  const record = () => recordDelivery(client, "hw-dev", { commit: "c0ffee", version: "7" });
  await expect(record()).rejects.toThrow("0 HTTP APIs are named hw-dev, instead of one.");
  expect(await readDelivery(client, "hw-dev")).toBeUndefined();
  for (const Name of ["hw-dev", "hw-dev"])
    await client.send(new CreateApiCommand({ Name, ProtocolType: "HTTP" }));
  // Bootstrap creates production's API before its stage.
  expect(await readDelivery(client, "hw-dev")).toBeUndefined();
  await expect(record()).rejects.toThrow("2 HTTP APIs are named hw-dev, instead of one.");
});

import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { sessionOf, testEmulator, type TestEmulator } from "../../ministack/fixture";
import { UNUSED_AWS } from "../support/pipelines";

let emulator: TestEmulator;
let aws: AwsServer;
beforeAll(async () => {
  emulator = await testEmulator();
  const { region, credentials: root } = emulator.client();
  const github = { gitUrl: () => "http://127.0.0.1:1/none.git" };
  const account = "111122223333";
  aws = await startAws({
    ...UNUSED_AWS,
    region,
    account,
    root,
    emulator: emulator.url,
    emulatorLog: emulator.logFile,
    github,
    concurrentBuilds: 7,
  });
}, 120_000);
afterAll(async () => {
  await aws.stop();
  await emulator.remove();
});

const ask = async (ServiceCode: string, QuotaCode: string, credentials = emulator.client().credentials) => {
  const client = new ServiceQuotasClient({ ...emulator.client(credentials), endpoint: aws.context.endpoint });
  const { Quota } = await client.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }));
  return Quota;
};

it("returns the rehearsal's concurrent builds", async () => {
  expect(await ask("codebuild", "L-9D07B6EF")).toMatchObject({
    QuotaArn: "arn:aws:servicequotas:eu-west-1:111122223333:codebuild/L-9D07B6EF",
    Value: 7,
  });
});

it("returns AWS's default rate for APIs", async () => {
  expect(await ask("apigateway", "L-8A5B8E43")).toMatchObject({ QuotaName: "Throttle rate", Value: 10_000 });
});

it("rejects a quota without a value", async () => {
  await expect(ask("lambda", "L-B99A9384")).rejects.toMatchObject({ name: "NoSuchResourceException" });
  await expect(ask("constructor", "name")).rejects.toMatchObject({ name: "NoSuchResourceException" });
});

it("rejects a caller without the permission", async () => {
  const caller = await sessionOf(emulator, "caller", []);
  await expect(ask("codebuild", "L-9D07B6EF", caller)).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
  const resource = "arn:aws:servicequotas:eu-west-1:111122223333:codebuild/L-9D07B6EF";
  const reader = await sessionOf(emulator, "reader", [
    { Effect: "Allow", Action: "servicequotas:GetServiceQuota", Resource: resource },
  ]);
  expect(await ask("codebuild", "L-9D07B6EF", reader)).toMatchObject({ Value: 7 });
});

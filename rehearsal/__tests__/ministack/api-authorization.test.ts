import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { createAuthorization } from "../../src/dev-server/authorization";
import { rootCredentials } from "../../src/ministack/emulator";
import { call } from "../../../__tests__/support/http";
import { HttpApis, PAGE, type TestApi, type TestRoute } from "../support/http-api";
import { signed } from "../support/signature";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "./fixture";

const ROUTES: readonly TestRoute[] = [
  { routeKey: "$default", authorization: "JWT" },
  { routeKey: "GET /signed/{path+}", authorization: "AWS_IAM" },
];

let emulator: TestEmulator;
/** The same without the workarounds: shows that the gaps are still there. */
let bare: TestEmulator;
let api: TestApi;
let bareApi: TestApi;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([
    testEmulator(),
    testEmulator(["api-accounts", "api-signatures", "api-preflight", "local-api"]),
  ]);
  api = await (await HttpApis.on(emulator)).create(ROUTES);
  bareApi = await (await HttpApis.on(bare)).create(ROUTES);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

async function getSigned({ url }: TestApi, account: string, service: string): Promise<number> {
  const request = { method: "GET", url: `${url}/signed/a`, service };
  const { status } = await call(request.url, { headers: signed(rootCredentials(account), request) });
  return status;
}

it("another account is refused, for which ministack does not find the API", async () => {
  expect(await getSigned(api, ACCOUNT, "execute-api")).toBe(200);
  expect(await getSigned(api, "444455556666", "execute-api")).toBe(403);
  expect(await getSigned(bareApi, "444455556666", "execute-api")).toBe(404);
});

it("a signature for another service is refused, which ministack accepts", async () => {
  expect(await getSigned(api, ACCOUNT, "s3")).toBe(403);
  expect(await getSigned(bareApi, ACCOUNT, "s3")).toBe(200);
});

it("a preflight request of a route with an authorizer is refused, which ministack answers", async () => {
  const headers = { origin: PAGE, "access-control-request-method": "PUT" };
  const preflight = async ({ url }: TestApi) =>
    (await call(`${url}/documents/a`, { method: "OPTIONS", headers })).status;
  expect(await preflight(api)).toBe(401);
  expect(await preflight(bareApi)).toBe(204);
});

it("refused requests are in the API's metrics", async () => {
  const client = new CloudWatchClient(emulator.client());
  const count = async (MetricName: string) => {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: "AWS/ApiGateway",
        MetricName,
        Dimensions: [
          { Name: "ApiId", Value: api.id },
          { Name: "Stage", Value: "$default" },
        ],
        StartTime: new Date(Date.now() - 600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 3600,
        Statistics: ["Sum"],
      }),
    );
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  };
  const [requests, errors] = [await count("Count"), await count("4xx")];
  expect((await call(`${api.url}/documents/a`)).status).toBe(401);
  expect(await getSigned(api, "444455556666", "execute-api")).toBe(403);
  expect([await count("Count"), await count("4xx")]).toEqual([requests + 2, errors + 2]);
});

it("requests to the API of npm run dev are decided on, which ministack cannot", async () => {
  const decide = async (on: TestEmulator) => {
    const account = { endpoint: on.url, region: REGION, credentials: rootCredentials(ACCOUNT) };
    const authorize = await createAuthorization(account, [
      { routeKey: "$default", type: "NONE", scopes: [] },
    ]);
    const request = { method: "GET", url: "/", rawHeaders: [] } as unknown as Parameters<typeof authorize>[0];
    return authorize(request, Buffer.alloc(0));
  };
  expect(await decide(emulator)).toEqual({ routeKey: "$default", authorizer: null });
  await expect(decide(bare)).rejects.toThrow("The emulator did not authorize a request");
});

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { Issuer } from "../../src/openid/issuer";
import { SessionLog } from "../../src/session-log";
import { call, serve } from "../../../__tests__/support/http";
import { HttpApis, type TestApi, type TestRoute } from "../support/http-api";
import { testEmulator, type TestEmulator } from "./fixture";

interface Event {
  readonly requestContext: {
    readonly authorizer: {
      readonly jwt: { readonly claims: Record<string, string>; readonly scopes: string[] };
    };
  };
}

const ROUTES: readonly TestRoute[] = [
  { routeKey: "$default", authorization: "JWT" },
  { routeKey: "GET /documents/{proxy+}", authorization: "JWT", scopes: ["documents:read", "admin"] },
];

const folder = mkdtempSync(join(tmpdir(), "api-tokens-"));

let issuer: Issuer;
let emulator: TestEmulator;
/** The same without the workarounds: shows that the gaps are still there. */
let bare: TestEmulator;
let apis: HttpApis;
let bareApis: HttpApis;
let api: TestApi;
let bareApi: TestApi;

beforeAll(async () => {
  issuer = await Issuer.start({
    log: new SessionLog(folder),
    scopes: ["documents:read", "documents:write"],
    clients: [{ id: "tests", secret: "secret", audience: "documents" }],
  });
  // Emulators that are started now have the clocks of this test.
  process.env.PYTHONPATH = [resolve(__dirname, "clock"), folder].join(delimiter);
  try {
    [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["api-tokens", "api-issuers"])]);
  } finally {
    delete process.env.PYTHONPATH;
  }
  apis = await HttpApis.on(emulator);
  api = await apis.create(ROUTES, issuer.url);
  bareApis = await HttpApis.on(bare);
  bareApi = await bareApis.create(ROUTES, issuer.url);
}, 120_000);
afterAll(async () => {
  await Promise.all([issuer.stop(), emulator.remove(), bare.remove()]);
  rmSync(folder, { recursive: true });
});

const get = ({ url }: TestApi, token: string, path = "/") =>
  call(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });

it("a valid token is accepted, which ministack refuses", async () => {
  expect((await get(api, issuer.token())).status).toBe(200);
  expect((await get(bareApi, issuer.token())).status).toBe(401);
});

it("the function gets the claims as text, and the scopes", async () => {
  const token = issuer.token({ groups: ["a", "b"], admin: true });
  const answer = await get(api, token, "/documents/a");
  const { requestContext } = JSON.parse(answer.body) as Event;
  const { claims, scopes } = requestContext.authorizer.jwt;
  expect(claims).toMatchObject({ iss: issuer.url, aud: "documents", groups: "[a b]", admin: "true" });
  expect(claims.exp).toMatch(/^\d+$/);
  expect(scopes).toEqual(["documents:read", "documents:write"]);
});

it("a new key is unknown, and a withdrawn one known, until keys that were cached for two hours are fetched", async () => {
  /** Lets hours pass for the cache; the time of day, by which tokens expire, stays. */
  const pass = (hours: number) => {
    // Whole: the emulator can read it at any time.
    writeFileSync(join(folder, "clocks.new"), `0 ${hours * 3600 + 1}`);
    renameSync(join(folder, "clocks.new"), join(folder, "clocks"));
  };
  const earlier = issuer.token();
  expect((await get(api, earlier)).status).toBe(200);

  issuer.rotate();
  const later = issuer.token();
  expect([(await get(api, earlier)).status, (await get(api, later)).status]).toEqual([200, 401]);
  pass(2);
  expect([(await get(api, earlier)).status, (await get(api, later)).status]).toEqual([200, 200]);

  issuer.retire();
  expect([(await get(api, earlier)).status, (await get(api, later)).status]).toEqual([200, 200]);
  pass(4);
  expect([(await get(api, earlier)).status, (await get(api, later)).status]).toEqual([401, 200]);
});

it("a token is refused while its issuer does not answer", async () => {
  const { url: iss, server } = await serve((_, response) => void response.end("{}"));
  const other = await apis.create([{ routeKey: "$default", authorization: "JWT" }], iss);
  server.closeAllConnections();
  server.close();
  const answer = await get(other, issuer.token({ iss }));
  expect([answer.status, answer.headers["www-authenticate"]]).toEqual([
    401,
    'Bearer scope="" error="invalid_token" error_description="the keys of the issuer are unavailable"',
  ]);
});

it("an authorizer needs an issuer that answers, which ministack does not check", async () => {
  const missing = "http://127.0.0.1:1";
  await expect(apis.create(ROUTES, missing)).rejects.toThrow(
    `Caught exception when connecting to ${missing}/.well-known/openid-configuration for issuer ${missing}.`,
  );
  await expect(bareApis.create(ROUTES, missing)).resolves.toBeDefined();
});

it("an issuer without TLS is accepted only at an address of this machine", async () => {
  const metadata = JSON.stringify({ jwks_uri: `${issuer.url}/jwks` });
  const { url: iss, server } = await serve((_, response) => void response.end(metadata));
  try {
    const other = await apis.create([{ routeKey: "$default", authorization: "JWT" }], iss);
    expect((await get(other, issuer.token({ iss }))).status).toBe(200);
    // Another way to write the same address, which the rule does not know.
    await expect(apis.create(ROUTES, iss.replace("127.0.0.1", "127.1"))).rejects.toThrow("Invalid issuer");
  } finally {
    server.close();
  }
});

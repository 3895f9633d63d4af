import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Credentials } from "../../src/aws/aws-context";
import { createAuthorization } from "../../src/dev-server/authorization";
import { startGateway, type Gateway } from "../../src/dev-server/gateway";
import { rootCredentials } from "../../src/ministack/emulator";
import { Issuer } from "../../src/openid/issuer";
import { SigningKey } from "../../src/openid/signing-key";
import { SessionLog } from "../../src/session-log";
import { call, type Answer } from "../../../__tests__/support/http";
import { altered, claimsOf, now, signedWithPublicKey } from "../support/forged-tokens";
import { HttpApis, PAGE, type TestRoute } from "../support/http-api";
import { signed, type ToSign } from "../support/signature";
import { ACCOUNT, REGION, sessionOf, testEmulator, type TestEmulator } from "./fixture";

const ROUTES: readonly TestRoute[] = [
  { routeKey: "$default", authorization: "JWT" },
  { routeKey: "GET /documents/{path+}", authorization: "JWT", scopes: ["documents:read"] },
  { routeKey: "PUT /documents/{path+}", authorization: "JWT", scopes: ["documents:write"] },
  { routeKey: "GET /health", authorization: "NONE" },
  { routeKey: "OPTIONS /{path+}", authorization: "NONE" },
  { routeKey: "ANY /signed/{path+}", authorization: "AWS_IAM" },
];

const OTHER_ACCOUNT = "444455556666";

const folder = mkdtempSync(join(tmpdir(), "api-attacks-"));

let emulator: TestEmulator;
let issuer: Issuer;
let otherIssuer: Issuer;
let gateway: Gateway;
let caller: Credentials;
/** Where the API is reached: as deployed, and as `npm run dev` serves it. */
const urls: Record<string, string> = {};

beforeAll(async () => {
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  const log = new SessionLog(folder);
  const options = {
    log,
    scopes: ["documents:read"],
    clients: [{ id: "a", secret: "b", audience: "documents" }],
  };
  [issuer, otherIssuer, emulator] = await Promise.all([
    Issuer.start(options),
    Issuer.start(options),
    testEmulator(),
  ]);
  urls.deployed = (await (await HttpApis.on(emulator)).create(ROUTES, issuer.url)).url;
  const account = { endpoint: emulator.url, region: REGION, credentials: rootCredentials(ACCOUNT) };
  const routes = ROUTES.map(({ routeKey, authorization: type, scopes = [] }) => ({ routeKey, type, scopes }));
  const tokens = { issuer: issuer.url, audience: "documents" };
  gateway = await startGateway(0, (event) => Promise.resolve(JSON.stringify(event)), log, {
    cors: { origins: [PAGE], headers: ["authorization"] },
    authorize: await createAuthorization(account, routes, tokens),
  });
  urls.local = `http://127.0.0.1:${gateway.port}`;
  caller = await sessionOf(emulator, "caller", [
    {
      Effect: "Allow",
      Action: "execute-api:Invoke",
      Resource: `arn:aws:execute-api:${REGION}:${ACCOUNT}:*/signed/*`,
    },
  ]);
}, 120_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await Promise.all([issuer.stop(), otherIssuer.stop(), gateway.stop(), emulator.remove()]);
  rmSync(folder, { recursive: true });
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const UNAUTHORIZED = [401, '{"message":"Unauthorized"}'];
const FORBIDDEN = [403, '{"message":"Forbidden"}'];

/** The header www-authenticate of a refusal. */
const invalid = (description: string) =>
  `Bearer scope="documents:read" error="invalid_token" error_description="${description}"`;

const SIGNATURE = invalid("the token does not have a valid signature");
const MALFORMED = invalid("the token is malformed");

describe.each(["deployed", "local"])("an API with tokens (%s)", (where) => {
  const get = (headers: Record<string, string | string[]> = {}): Promise<Answer> =>
    call(`${urls[where]}/documents/a`, { headers });

  it.each<[string, () => Record<string, string | string[]>, string]>([
    ["no header", () => ({}), "Bearer"],
    ["an empty header", () => ({ authorization: "" }), "Bearer"],
    ["a prefix without a token", () => ({ authorization: "Bearer" }), "Bearer"],
    ["another scheme", () => ({ authorization: "Basic dGVzdDp0ZXN0" }), MALFORMED],
    [
      "two headers",
      () => ({ authorization: [issuer.token(), issuer.token()].map((one) => `Bearer ${one}`) }),
      MALFORMED,
    ],
    ["a text that is no token", () => bearer("nonsense"), MALFORMED],
    [
      "a header that is too deep",
      () =>
        bearer(
          altered(issuer.token(), { header: JSON.parse(`${"[".repeat(3000)}${"]".repeat(3000)}`) as object }),
        ),
      MALFORMED,
    ],
    [
      "an algorithm that is no text",
      () => bearer(altered(issuer.token(), { header: { alg: ["RS256"], kid: issuer.key.id } })),
      SIGNATURE,
    ],
    [
      "an audience that is no text",
      () => bearer(issuer.token({ aud: [{}] })),
      invalid("the token does not have a valid audience"),
    ],
    ["an expired token", () => bearer(issuer.token({ exp: now() - 1 })), invalid("the token has expired")],
    [
      "a token that never expires",
      () => bearer(issuer.token({ exp: undefined })),
      invalid("the token has expired"),
    ],
    [
      "a token that is not valid yet",
      () => bearer(issuer.token({ nbf: now() + 60 })),
      invalid("the token is not valid yet"),
    ],
    [
      "a token from the future",
      () => bearer(issuer.token({ iat: now() + 60 })),
      invalid("the token is not valid yet"),
    ],
    [
      "alg: none",
      () => bearer(altered(issuer.token(), { header: { alg: "none" }, signature: "" })),
      MALFORMED,
    ],
    [
      "alg: none with a signature",
      () => bearer(altered(issuer.token(), { header: { alg: "none", kid: issuer.key.id } })),
      SIGNATURE,
    ],
    ["HS256 signed with the public key", () => bearer(signedWithPublicKey(issuer)), SIGNATURE],
    [
      "another audience",
      () => bearer(issuer.token({ aud: ["other"] })),
      invalid("the token does not have a valid audience"),
    ],
    [
      "the audience in client_id beside another in aud",
      () => bearer(issuer.token({ aud: "other", client_id: "documents" })),
      invalid("the token does not have a valid audience"),
    ],
    [
      "another issuer in the claims",
      () => bearer(issuer.token({ iss: otherIssuer.url })),
      invalid("the token does not have a valid issuer"),
    ],
    [
      "an unknown key",
      () => bearer(new SigningKey("unknown").sign(claimsOf(issuer.token()))),
      invalid("the token is signed with an unknown key"),
    ],
    [
      "no key id",
      () => bearer(altered(issuer.token(), { header: { alg: "RS256" } })),
      invalid("the token is signed with an unknown key"),
    ],
    [
      "another issuer's token",
      () => bearer(otherIssuer.token()),
      invalid("the token is signed with an unknown key"),
    ],
    [
      "another issuer's key under the issuer's key id",
      () => bearer(new SigningKey(issuer.key.id).sign(claimsOf(issuer.token()))),
      SIGNATURE,
    ],
    [
      "an altered signature",
      () => bearer(altered(issuer.token(), { signature: issuer.token({ exp: 1 }).split(".")[2] })),
      SIGNATURE,
    ],
    [
      "altered claims",
      () => bearer(altered(issuer.token(), { claims: { ...claimsOf(issuer.token()), exp: now() + 86_400 } })),
      SIGNATURE,
    ],
  ])("refuses %s with 401", async (_, headers, challenge) => {
    const answer = await get(headers());
    expect([answer.status, answer.body]).toEqual(UNAUTHORIZED);
    expect(answer.headers["www-authenticate"]).toBe(challenge);
  });

  it.each([
    ["/documents/a"],
    // API Gateway selects a route as if these began with one slash.
    ["//documents/a"],
    ["/%2Fdocuments/a"],
  ])("refuses a token without the route's scope with 403 (%s)", async (path) => {
    const answer = await call(`${urls[where]}${path}`, {
      method: "PUT",
      headers: bearer(issuer.token()),
    });
    expect([answer.status, answer.body]).toEqual(FORBIDDEN);
    expect(answer.headers["www-authenticate"]).toMatch(
      /^Bearer scope="documents:write" error="insufficient_scope"/,
    );
  });

  it.each<[string, () => Record<string, string>]>([
    ["a valid token", () => bearer(issuer.token())],
    ["a token without a prefix", () => ({ authorization: issuer.token() })],
    ["a prefix in lower case", () => ({ authorization: `bearer ${issuer.token()}` })],
    ["the audience in client_id", () => bearer(issuer.token({ aud: undefined, client_id: "documents" }))],
    ["one of several audiences", () => bearer(issuer.token({ aud: ["other", "documents"] }))],
    ["the scope in scp", () => bearer(issuer.token({ scope: undefined, scp: ["documents:read"] }))],
  ])("accepts %s", async (_, headers) => {
    expect((await get(headers())).status).toBe(200);
  });

  it("accepts a token again within its life", async () => {
    const headers = bearer(issuer.token());
    expect([(await get(headers)).status, (await get(headers)).status]).toEqual([200, 200]);
  });

  it("answers /health and a browser's preflight request without a token", async () => {
    expect((await call(`${urls[where]}/health`)).status).toBe(200);
    const headers = { origin: PAGE, "access-control-request-method": "PUT" };
    const preflight = await call(`${urls[where]}/documents/a`, { method: "OPTIONS", headers });
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([204, PAGE]);
  });

  it("refuses a preflight request of a path that only $default matches", async () => {
    const headers = { origin: PAGE, "access-control-request-method": "PUT" };
    expect((await call(`${urls[where]}/`, { method: "OPTIONS", headers })).status).toBe(401);
  });
});

describe.each(["deployed", "local"])("an API with signed requests (%s)", (where) => {
  const MINUTES = 60 * 1000;

  /** A signed PUT request, and what changes after it is signed. */
  interface Attack {
    readonly by?: () => Credentials | Promise<Credentials>;
    /** When it is sent: its time counts. */
    readonly signed?: () => Partial<ToSign>;
    readonly sent?: { readonly path?: string; readonly method?: string; readonly body?: string };
    readonly headers?: (headers: Record<string, string>) => Record<string, string>;
  }

  async function send({ by = () => caller, signed: options, sent, headers = (given) => given }: Attack) {
    const { path = "/signed/a?b=1", method = "PUT", body = "text" } = sent ?? {};
    const url = `${urls[where]}/signed/a?b=1`;
    const request = { method: "PUT", url, service: "execute-api", body: "text", ...options?.() };
    const signature = signed(await by(), request);
    const answer = await call(`${urls[where]}${path}`, { method, headers: headers(signature) }, body);
    return [answer.status, answer.body];
  }

  it.each<[string, Attack]>([
    ["no signature", { headers: () => ({}) }],
    ["a token", { headers: () => bearer(issuer.token()) }],
    ["an unknown access key", { by: () => ({ ...caller, accessKeyId: "AKIAIOSFODNN7EXAMPLE" }) }],
    ["another secret", { by: () => ({ ...caller, secretAccessKey: "other" }) }],
    ["another session token", { by: () => ({ ...caller, sessionToken: "other" }) }],
    ["no session token", { by: () => ({ ...caller, sessionToken: undefined }) }],
    ["an identity without permissions", { by: () => sessionOf(emulator, `none-${where}`, []) }],
    [
      "an identity with permissions for another method",
      {
        by: () =>
          sessionOf(emulator, `get-${where}`, [
            { Effect: "Allow", Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:*:*:*/*/GET/*" },
          ]),
      },
    ],
    ["another account", { by: () => rootCredentials(OTHER_ACCOUNT) }],
    ["another body", { sent: { body: "other" } }],
    ["another path", { sent: { path: "/signed/b?b=1" } }],
    ["another query", { sent: { path: "/signed/a?b=2" } }],
    ["another method", { sent: { method: "POST" } }],
    [
      "an altered signature",
      {
        headers: (given) => ({
          ...given,
          Authorization: given.Authorization!.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
        }),
      },
    ],
    [
      "a body hash of its own",
      {
        sent: { body: "other" },
        headers: (given) => ({
          ...given,
          "x-amz-content-sha256": "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1",
        }),
      },
    ],
    ["a signature of six minutes ago", { signed: () => ({ date: new Date(Date.now() - 6 * MINUTES) }) }],
    ["a signature of six minutes ahead", { signed: () => ({ date: new Date(Date.now() + 6 * MINUTES) }) }],
    ["another region", { signed: () => ({ region: "eu-central-1" }) }],
    ["another service", { signed: () => ({ service: "s3" }) }],
  ])("refuses %s with 403", async (_, attack) => {
    expect(await send(attack)).toEqual(FORBIDDEN);
  });

  it("accepts a signed request, and the same again within five minutes", async () => {
    const signature = signed(caller, {
      method: "PUT",
      url: `${urls[where]}/signed/a%20b?b=1`,
      service: "execute-api",
      date: new Date(Date.now() - 4 * MINUTES),
    });
    for (let times = 0; times < 2; times++) {
      const answer = await call(`${urls[where]}/signed/a%20b?b=1`, { method: "PUT", headers: signature });
      expect(answer.status).toBe(200);
      const { requestContext } = JSON.parse(answer.body) as {
        requestContext: { authorizer: { iam: Record<string, string> } };
      };
      expect(requestContext.authorizer.iam).toMatchObject({
        accountId: ACCOUNT,
        userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/caller/test`,
      });
    }
  });
});

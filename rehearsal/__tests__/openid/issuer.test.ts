import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Issuer } from "../../src/openid/issuer";
import { SessionLog } from "../../src/session-log";
import { claimsOf, now } from "../support/forged-tokens";

const folder = mkdtempSync(join(tmpdir(), "issuer-"));

let issuer: Issuer;

beforeAll(async () => {
  issuer = await Issuer.start({
    log: new SessionLog(folder),
    scopes: ["documents:read", "documents:write"],
    clients: [
      { id: "tests", secret: "secret+1", audience: "documents-dev" },
      { id: "smoke", secret: "secret-2", audience: "documents" },
    ],
  });
});
afterAll(async () => {
  await issuer.stop();
  rmSync(folder, { recursive: true });
});

async function getJson<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

interface Metadata {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly token_endpoint: string;
}

const metadata = () => getJson<Metadata>(`${issuer.url}/.well-known/openid-configuration`);

/** The ids of the published keys that verify a token. */
async function verifiedBy(token: string): Promise<(string | undefined)[]> {
  const { keys } = await getJson<{ keys: (JsonWebKey & { kid: string })[] }>((await metadata()).jwks_uri);
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  return keys
    .filter((key) =>
      verify("sha256", Buffer.from(token.slice(0, end)), createPublicKey({ key, format: "jwk" }), signature),
    )
    .map(({ kid }) => kid);
}

async function ask(form: Record<string, string>, basic?: string) {
  const response = await fetch((await metadata()).token_endpoint, {
    method: "POST",
    headers: basic === undefined ? {} : { authorization: `Basic ${btoa(basic)}` },
    body: new URLSearchParams(form),
  });
  return {
    status: response.status,
    ...((await response.json()) as { access_token?: string; error?: string }),
  };
}

describe("the stand-in for an issuer of tokens", () => {
  it("publishes where its keys and tokens are", async () => {
    expect(await metadata()).toMatchObject({
      issuer: issuer.url,
      jwks_uri: `${issuer.url}/jwks`,
      token_endpoint: `${issuer.url}/token`,
    });
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ["the header", {}, "tests:secret%2B1"],
    ["the form", { client_id: "tests", client_secret: "secret+1" }, undefined],
  ])("issues a token to a client that identifies itself in %s", async (_, credentials, basic) => {
    const { status, access_token: token = "" } = await ask(
      { grant_type: "client_credentials", scope: "documents:read", ...credentials },
      basic,
    );
    expect(status).toBe(200);
    const claims = claimsOf(token);
    expect(claims).toMatchObject({
      iss: issuer.url,
      aud: "documents-dev",
      sub: "tests",
      scope: "documents:read",
    });
    expect(claims.exp).toBeGreaterThan(now());
    expect(await verifiedBy(token)).toEqual([issuer.key.id]);
  });

  it("grants all scopes to a client that asks for none", async () => {
    const { access_token: token = "" } = await ask({ grant_type: "client_credentials" }, "smoke:secret-2");
    expect(claimsOf(token)).toMatchObject({ aud: "documents", scope: "documents:read documents:write" });
  });

  it.each<[string, Record<string, string>, string | undefined, object]>([
    ["no client", {}, undefined, { status: 401, error: "invalid_client" }],
    ["another secret", {}, "tests:other", { status: 401, error: "invalid_client" }],
    ["another client's secret", {}, "tests:secret-2", { status: 401, error: "invalid_client" }],
    [
      "another grant",
      { grant_type: "password" },
      "smoke:secret-2",
      { status: 400, error: "unsupported_grant_type" },
    ],
    ["an unknown scope", { scope: "admin" }, "smoke:secret-2", { status: 400, error: "invalid_scope" }],
    [
      "the audience of another client",
      { audience: "documents" },
      "tests:secret%2B1",
      { status: 400, error: "invalid_target" },
    ],
  ])("refuses a request with %s", async (_, form, basic, refusal) => {
    expect(await ask({ grant_type: "client_credentials", ...form }, basic)).toEqual(refusal);
  });

  it("publishes earlier keys until they are retired", async () => {
    const earlier = issuer.token();
    const { id } = issuer.key;
    issuer.rotate();
    expect(issuer.key.id).not.toBe(id);
    expect(await verifiedBy(earlier)).toEqual([id]);
    expect(await verifiedBy(issuer.token())).toEqual([issuer.key.id]);
    issuer.retire();
    expect(await verifiedBy(earlier)).toEqual([]);
  });
});

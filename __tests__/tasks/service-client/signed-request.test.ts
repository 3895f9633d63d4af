import { signedRequest, type Signer } from "../../../tasks/service-client/signed-request";

const signer: Signer = {
  region: "eu-north-1",
  credentials: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: "session",
  },
};
const url = "https://abc123.execute-api.eu-north-1.amazonaws.com/documents/a%20b?limit=1&x=a%26b";

const sign = (at = url, request = {}, by = signer) => signedRequest(by, at, request);
const authorization = async (...args: Parameters<typeof sign>) =>
  (await sign(...args)).headers!.authorization;

// The time is part of a signature.
beforeEach(() => {
  jest.useFakeTimers({ now: new Date("2026-01-02T03:04:05Z") });
});
afterEach(() => {
  jest.useRealTimers();
});

describe("a signed request", () => {
  it("is for the service execute-api in the signer's region, and has the session token", async () => {
    const { headers, method } = await sign();
    expect(method).toBe("GET");
    expect(headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260102\/eu-north-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      ) as string,
      "x-amz-date": "20260102T030405Z",
      "x-amz-security-token": "session",
    });
    expect(headers).not.toHaveProperty("host");
  });

  it("has the signature that Signature Version 4 defines", async () => {
    const { headers } = await sign(url, {
      method: "PUT",
      body: "content",
      headers: { "content-type": "text/plain" },
    });
    expect(headers!.authorization).toMatch(new RegExp(`Signature=${expectedSignature(headers!)}$`));
  });

  it("has another signature if anything of it changes", async () => {
    const same = await authorization();
    expect(await authorization()).toBe(same);
    for (const [at, request] of [
      [url.replace("a%20b", "b"), {}],
      [url.replace("limit=1", "limit=2"), {}],
      [url.replace("abc123", "abc124"), {}],
      [url.replace(".com/", ".com:8443/"), {}],
      [url, { method: "DELETE" }],
      [url, { body: "x" }],
      [url, { body: new Uint8Array([1]) }],
    ] as const)
      expect([at, request, await authorization(at, request)]).not.toEqual([at, request, same]);
    expect(await authorization(url, { body: Buffer.from("x") })).toBe(
      await authorization(url, { body: "x" }),
    );
  });

  it("keeps the other properties of the request", async () => {
    const { signal } = new AbortController();
    expect(await sign(url, { method: "PUT", body: "x", signal, headers: { a: "b" } })).toMatchObject({
      method: "PUT",
      body: "x",
      signal,
      headers: { a: "b" },
    });
  });
});

/** Signature Version 4, step by step: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function expectedSignature(headers: Readonly<Record<string, string>>): string {
  const { createHash, createHmac } = jest.requireActual<typeof import("node:crypto")>("node:crypto");
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const signed = ["content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
  const all: Readonly<Record<string, string>> = { ...headers, host: new URL(url).host };
  const canonical = [
    "PUT",
    // Each part is encoded twice.
    "/documents/a%2520b",
    "limit=1&x=a%26b",
    ...signed.map((name) => `${name}:${all[name]}`),
    "",
    signed.join(";"),
    sha256("content"),
  ].join("\n");
  const scope = "20260102/eu-north-1/execute-api/aws4_request";
  const toSign = ["AWS4-HMAC-SHA256", "20260102T030405Z", scope, sha256(canonical)].join("\n");
  const key = ["20260102", "eu-north-1", "execute-api", "aws4_request"].reduce<string | Buffer>(
    hmac,
    "AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  );
  return hmac(key, toSign).toString("hex");
}

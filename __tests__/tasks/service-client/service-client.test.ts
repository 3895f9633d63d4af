import {
  InternalServiceError,
  ResourceNotFoundException,
  SecretsManagerClient,
  type GetSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import type { IncomingMessage, Server } from "node:http";
import { text } from "node:stream/consumers";
import {
  checkTokenClients,
  serviceClient,
  type CallerSettings,
} from "../../../tasks/service-client/service-client";
import { serve } from "../../support/http";
import { settingsWith } from "../../support/settings";

/** A provider and an API on one server, and what they were asked. */
let server: Server;
let url: string;
let requests: { line: string; headers: IncomingMessage["headers"]; body: string }[];
/** The answer of the token endpoint. */
let answer: { status: number; body: string };
/** The values of secrets, by name. */
let stored: Record<string, string>;
/** Why no secret can be read. */
let failure: Error | undefined;

const secrets = Object.assign(
  new SecretsManagerClient({
    region: "eu-north-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  }),
  {
    send: ({ input }: GetSecretValueCommand) =>
      failure ? Promise.reject(failure) : Promise.resolve({ SecretString: stored[input.SecretId!] }),
  },
);

beforeEach(async () => {
  requests = [];
  failure = undefined;
  answer = {
    status: 200,
    body: JSON.stringify({ access_token: "t1", token_type: "Bearer", expires_in: 3600 }),
  };
  stored = {
    "hw-service-auth-dev": JSON.stringify({ clientId: "dev client", clientSecret: "s:+1" }),
    "hw-service-auth-prod": JSON.stringify({ clientId: "p", clientSecret: "q", scope: "documents/read" }),
  };
  ({ server, url } = await serve((request, response) => {
    void text(request).then((body) => {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      if (request.url === "/issuer/.well-known/openid-configuration")
        return response.end(JSON.stringify({ issuer: `${url}/issuer`, token_endpoint: `${url}/token` }));
      if (request.url !== "/token") return response.end("{}");
      response.writeHead(answer.status);
      response.end(answer.body);
    });
  }));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const client = (changes: Partial<CallerSettings> = {}, environment = "dev") =>
  serviceClient({ hw_stack_name: "hw", ...changes }, environment, secrets);
const jwt = () => ({
  service_auth: "jwt" as const,
  service_auth_issuer: `${url}/issuer`,
  service_auth_audience: "documents",
  service_auth_dev_audience: "documents-dev",
});
const lines = () => requests.map(({ line }) => line);

describe("the client of the API", () => {
  it.each([undefined, "none"] as const)(
    "sends no credentials if service_auth is %s",
    async (service_auth) => {
      await client({ service_auth })(`${url}/documents`);
      expect(requests[0]?.headers).not.toHaveProperty("authorization");
    },
  );

  it("signs requests with the caller's AWS credentials if it is iam", async () => {
    await client({ service_auth: "iam" })(`${url}/documents/a`, { method: "PUT", body: "x" });
    expect(requests[0]).toMatchObject({ line: "PUT /documents/a", body: "x" });
    expect(requests[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-north-1\/execute-api\//,
    );
  });

  it("sends one token with all requests until it expires if it is jwt", async () => {
    const send = client(jwt());
    await send(`${url}/documents`);
    await send(`${url}/documents/a`, { method: "DELETE", headers: { accept: "*/*" } });
    expect(lines()).toEqual([
      "GET /issuer/.well-known/openid-configuration",
      "POST /token",
      "GET /documents",
      "DELETE /documents/a",
    ]);
    expect(requests[1]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(requests[3]?.headers).toMatchObject({ authorization: "Bearer t1", accept: "*/*" });
    const later = Date.now() + 3571_000;
    jest.spyOn(Date, "now").mockReturnValue(later);
    await send(`${url}/documents`);
    jest.restoreAllMocks();
    expect(lines().filter((line) => line === "POST /token")).toHaveLength(2);
  });

  it("asks for a token with the environment's client and audience", async () => {
    await client(jwt())(url);
    await client({ ...jwt(), hw_stack_name: "hw_develop" }, "stage")(url);
    await client(jwt(), "prod")(url);
    const asked = requests
      .filter(({ line }) => line === "POST /token")
      .map(({ headers, body }) => [
        Buffer.from(headers.authorization!.replace("Basic ", ""), "base64").toString(),
        Object.fromEntries(new URLSearchParams(body)),
      ]);
    const dev = [
      "dev+client:s%3A%2B1",
      {
        grant_type: "client_credentials",
        scope: "documents:read documents:write",
        audience: "documents-dev",
      },
    ];
    expect(asked).toEqual([
      dev,
      dev,
      ["p:q", { grant_type: "client_credentials", scope: "documents/read", audience: "documents" }],
    ]);
  });

  it.each([
    [
      { status: 401, body: '{"error":"invalid_client","error_description":"s:+1"}' },
      "POST .*/token answered 401: invalid_client$",
    ],
    [{ status: 500, body: "s:+1" }, "POST .*/token answered 500: no error code$"],
    [{ status: 400, body: '{"error":"s:+1 is wrong"}' }, "answered 400: no error code$"],
    [{ status: 200, body: '{"token":"s:+1"}' }, "answered something else than expected\\.$"],
    [{ status: 200, body: "s:+1" }, "answered something else than expected\\.$"],
  ])("says what the provider refused, without a secret: %j", async (refusal, message) => {
    answer = refusal;
    const error = await client(jwt())(url).catch((caught: Error) => caught);
    expect((error as Error).message).toMatch(new RegExp(message));
    expect((error as Error).message).not.toContain("s:+1");
  });

  it("says that the provider does not answer", async () => {
    await expect(client({ ...jwt(), service_auth_issuer: "http://127.0.0.1:1/" })(url)).rejects.toThrow(
      /^No token for the API: GET http:\/\/127\.0\.0\.1:1\/\.well-known\/openid-configuration was not answered: /,
    );
  });

  it.each([
    ["the connection's reason", new TypeError("fetch failed", { cause: new Error("refused") }), "refused"],
    ["its own reason without one", new DOMException("aborted due to timeout", "TimeoutError"), "aborted due"],
  ])("says %s why the provider does not answer", async (_, error, reason) => {
    jest.spyOn(globalThis, "fetch").mockRejectedValue(error);
    await expect(client(jwt())(url)).rejects.toThrow(`was not answered: ${reason}`);
    jest.restoreAllMocks();
  });

  it.each(["", "{}", '{"clientId":"a"}', '{"clientId":"","clientSecret":"hidden"}', "hidden"])(
    "says which secret to store instead of %j",
    async (value) => {
      stored["hw-service-auth-dev"] = value;
      const error = await client(jwt())(url).catch((caught: Error) => caught);
      expect((error as Error).message).toContain(
        "The secret hw-service-auth-dev does not hold the keys clientId",
      );
      expect((error as Error).message).not.toContain("hidden");
    },
  );

  it("says what to store in a secret without a value, and repeats any other refusal", async () => {
    const metadata = { $metadata: {}, message: "can't find the secret value" };
    failure = new ResourceNotFoundException(metadata);
    await expect(client(jwt())(url)).rejects.toThrow("put-secret-value --secret-id hw-service-auth-dev");
    failure = new InternalServiceError({ ...metadata, message: "later" });
    await expect(client(jwt())(url)).rejects.toThrow(/^later$/);
  });

  it("checks the clients of all environments before the pipeline needs them", async () => {
    const check = () => checkTokenClients(secrets, settingsWith({ ...jwt() }));
    await expect(check()).resolves.toBeUndefined();
    for (const name of ["hw-service-auth-dev", "hw-service-auth-prod"]) {
      const before = stored[name]!;
      stored[name] = "{}";
      await expect(check()).rejects.toThrow(`put-secret-value --secret-id ${name} `);
      stored[name] = before;
    }
  });
});

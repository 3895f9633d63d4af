import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assumeServiceRole } from "../../rehearsal/src/aws/service-role";
import { Issuer } from "../../rehearsal/src/openid/issuer";
import { SessionLog } from "../../rehearsal/src/session-log";
import { outputVariables } from "../../rehearsal/src/watch";
import { signedRequest, type ApiRequest, type Signer } from "../../tasks/service-client/signed-request";
import { Harness } from "./harness";
import { restore } from "./saved-world/restore";

/** A pipeline whose API is open, then accepts signed requests, then tokens of an OpenID provider. */
jest.setTimeout(15 * 60_000);

const clients = {
  dev: { id: "tests", secret: "secret-of-dev", audience: "documents-dev" },
  prod: { id: "verification", secret: "secret-of-prod", audience: "documents" },
};
const scopes = ["documents:read", "documents:write"];

let harness: Harness;
let issuer: Issuer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "issuer-"));
  issuer = await Issuer.start({ log: new SessionLog(folder), scopes, clients: Object.values(clients) });
  harness = await restore(Harness, "bootstrapped");
});
afterAll(async () => {
  await harness?.stop();
  await issuer?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("an API with service_auth=iam", () => {
  let urls: Urls;

  beforeAll(async () => {
    await bootstrap({ service_auth: "iam" });
    urls = await delivered("Accept signed requests");
  });

  it("refuses requests without a signature, except for /health", async () => {
    for (const url of [urls.dev, urls.prod]) {
      expect(await statusOf(url, "/health")).toBe(200);
      for (const [method, path] of [
        ["GET", "/documents"],
        ["PUT", "/documents/a"],
        ["DELETE", "/documents/a"],
        ["GET", "/openapi.json"],
        ["GET", "/"],
        ["POST", "/health"],
      ] as const)
        expect([method, path, await statusOf(url, path, { method })]).toEqual([method, path, 403]);
    }
  });

  it("accepts signed requests, and describes that it requires them", async () => {
    const answer = await signed(harness.client, urls.prod, "/openapi.json");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      components: { securitySchemes: { iam: { "x-amazon-apigateway-authtype": "awsSigv4" } } },
    });
  });

  it("lets neither the tests call production nor VerifyProd call anything but its document", async () => {
    const tests = await stepCredentials("IntegrationTest");
    expect((await signed(tests, urls.dev, "/documents")).status).toBe(200);
    expect((await signed(tests, urls.prod, "/documents")).status).toBe(403);
    const verification = await stepCredentials("VerifyProd");
    const path = "/documents/.heavy-water-verification";
    expect((await signed(verification, urls.prod, path)).status).toBe(404);
    expect((await signed(verification, urls.prod, "/documents")).status).toBe(403);
    expect((await signed(verification, urls.dev, "/documents")).status).toBe(403);
  });
});

describe("an API with service_auth=jwt", () => {
  let urls: Urls;

  beforeAll(async () => {
    const settings = {
      service_auth: "jwt",
      service_auth_issuer: issuer.url,
      service_auth_audience: clients.prod.audience,
      service_auth_dev_audience: clients.dev.audience,
    };
    const { code, output } = await harness.npm("bootstrap", [], undefined, settings);
    expect(output).toContain("aws secretsmanager put-secret-value --secret-id hw-service-auth-dev");
    expect(code).toBe(1);
    for (const environment of ["dev", "prod"] as const) {
      const { id: clientId, secret: clientSecret } = clients[environment];
      await new SecretsManagerClient(harness.client).send(
        new PutSecretValueCommand({
          SecretId: `hw-service-auth-${environment}`,
          SecretString: JSON.stringify({ clientId, clientSecret }),
        }),
      );
    }
    await bootstrap(settings);
    urls = await delivered("Accept tokens");
  });

  it("refuses requests without a token, also signed ones, except for /health", async () => {
    for (const url of [urls.dev, urls.prod]) {
      expect(await statusOf(url, "/health")).toBe(200);
      expect(await statusOf(url, "/documents")).toBe(401);
      expect((await signed(harness.client, url, "/documents")).status).toBe(401);
    }
  });

  it("accepts the tokens for its environment, and no others", async () => {
    const dev = issuer.token({ aud: clients.dev.audience });
    const prod = issuer.token({ aud: clients.prod.audience });
    expect(await statusOf(urls.dev, "/documents", bearer(dev))).toBe(200);
    expect(await statusOf(urls.prod, "/documents", bearer(prod))).toBe(200);
    expect(await statusOf(urls.dev, "/documents", bearer(prod))).toBe(401);
    expect(await statusOf(urls.prod, "/documents", bearer(dev))).toBe(401);
  });

  it("accepts a token for reading on requests that read only", async () => {
    const token = bearer(issuer.token({ aud: clients.prod.audience, scope: "documents:read" }));
    expect(await statusOf(urls.prod, "/documents", token)).toBe(200);
    for (const method of ["PUT", "DELETE", "POST", "PATCH"])
      expect([method, await statusOf(urls.prod, "/documents/a", { ...token, method })]).toEqual([
        method,
        403,
      ]);
  });

  it("leaves no secret in the log of a build", async () => {
    const ids = new Set(harness.changes.flatMap((one) => (one.kind === "build" ? [one.build.id!] : [])));
    const logs = await Promise.all(
      [...ids].map((id) => readFile(harness.session.aws.codebuild.logFile(id), "utf8")),
    );
    expect(logs.join("")).toContain("Production works");
    expect(logs.join("")).not.toMatch(/secret-of-(dev|prod)|Bearer |eyJ[\w-]+\.eyJ/);
  });
});

interface Urls {
  readonly dev: string;
  readonly prod: string;
}

async function bootstrap(settings: Readonly<Record<string, string>>): Promise<void> {
  const { code, output } = await harness.npm("bootstrap", [], undefined, settings);
  expect({ code, output }).toMatchObject({ code: 0 });
}

/** Pushes a commit, whose execution must succeed with its tests and its verification. @returns where the API is */
async function delivered(subject: string): Promise<Urls> {
  const commit = await harness.push(subject);
  const [run] = await harness.ended(commit);
  expect(run).toMatchObject({ status: "Succeeded", stages: { VerifyProd: "Succeeded" } });
  const { aws, pipeline } = harness.session;
  const [dev, prod] = await Promise.all(
    ["DeployOnDev", "DeployOnProd"].map((step) => outputVariables(aws, pipeline, run!.id, step)),
  );
  return { dev: dev!.API_URL!, prod: prod!.API_URL! };
}

/** The credentials of a step's builds. */
async function stepCredentials(step: string): Promise<Signer> {
  const { aws } = harness.session;
  const { region } = aws.context;
  const account = "111122223333";
  const credentials = await assumeServiceRole(
    aws.context,
    "codebuild.amazonaws.com",
    `arn:aws:iam::${account}:role/hw-pipeline-${step}`,
    "test",
    `arn:aws:codebuild:${region}:${account}:project/hw-${step}`,
  );
  return { region, credentials };
}

async function statusOf(url: string, path: string, request?: RequestInit): Promise<number> {
  return (await fetch(url + path, request)).status;
}

function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } };
}

async function signed(signer: Signer, url: string, path: string): Promise<Response> {
  const request: ApiRequest = await signedRequest(signer, url + path, {});
  return fetch(url + path, request);
}

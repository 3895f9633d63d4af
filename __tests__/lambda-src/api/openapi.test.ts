import { Logger } from "@aws-lambda-powertools/logger";
import type { LambdaContext } from "hono/aws-lambda";
import { createApp } from "../../../lambda-src/api/app";
import { Documents, MAX_DOCUMENT_BYTES } from "../../../lambda-src/api/documents";
import { lambdaHandler } from "../../../lambda-src/api/lambda";
import { nameProblem } from "../../../lambda-src/shared/keys";
import { httpEvent } from "../support/http-events";
import { MemoryS3 } from "../support/memory-s3";

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: ErrorSchema }> }>;
}

interface ErrorSchema {
  properties: { error: { properties: { code: { enum: string[] } } } };
}

const logger = new Logger();
let s3: MemoryS3;
let app: ReturnType<typeof createApp>;
let paths: Record<string, Record<string, Operation>>;

beforeEach(async () => {
  s3 = new MemoryS3();
  app = createApp({
    documents: new Documents(s3.client, s3.bucket),
    environment: "dev",
    versionCommit: "abc123",
    logger,
  });
  const response = await app.request("/openapi.json");
  const description = (await response.json()) as { openapi: string; info: object; paths: typeof paths };
  expect(description).toMatchObject({ openapi: "3.1.0", info: { version: "abc123" } });
  ({ paths } = description);
});

it("every route is described, and nothing else", () => {
  const routes = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/, "{$1}")}`);
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual([...new Set(routes)].sort());
});

it("the name and the page are described as they are checked", () => {
  expect(paths["/documents/{name}"]?.put).toMatchObject({
    parameters: [{ in: "path", name: "name", required: true, schema: { minLength: 1, maxLength: 1010 } }],
  });
  expect(paths["/documents"]?.get).toMatchObject({
    parameters: [
      { in: "query", name: "limit", required: false, schema: { type: "integer", minimum: 1, maximum: 1000 } },
      { in: "query", name: "cursor", required: false },
    ],
  });
});

/** Returns each value under a key of a JSON document, at any depth. */
function valuesOf(key: string, json: unknown): unknown[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json as Record<string, unknown>).flatMap(([at, value]) => [
    ...(at === key ? [value] : []),
    ...valuesOf(key, value),
  ]);
}

it("every operation, parameter and response is described in words", async () => {
  const { info } = (await (await app.request("/openapi.json")).json()) as {
    info: Record<string, string>;
  };
  expect(Object.keys(info).sort()).toEqual(["description", "title", "version"]);
  const operations = Object.values(paths).flatMap((one) => Object.values(one));
  const described = [
    ...operations.flatMap(({ responses }) => Object.values(responses)),
    ...valuesOf("parameters", paths).flat(),
    ...valuesOf("requestBody", paths),
  ] as { description?: string }[];
  for (const summary of [
    ...operations.map((one) => (one as { summary?: string }).summary),
    ...Object.values(info),
  ])
    expect(summary).toMatch(/\w/);
  for (const { description } of described) expect(description).toMatch(/\w/);
  for (const example of valuesOf("example", paths)) expect(nameProblem(String(example))).toBeUndefined();
});

it("a document's content is any bytes, and times are dates", () => {
  const { requestBody } = paths["/documents/{name}"]!.put as unknown as { requestBody: object };
  expect(requestBody).toMatchObject({ content: { "*/*": { schema: { type: "string", format: "binary" } } } });
  expect(paths["/documents/{name}"]?.get?.responses["200"]?.content).toEqual({ "*/*": { schema: {} } });
  expect(valuesOf("lastModified", paths)).toEqual([{ type: "string", format: "date-time" }]);
});

it("the fields of a success are described as they are sent", () => {
  const schema = (path: string, method: string, status: number) =>
    paths[path]?.[method]?.responses[status]?.content?.["application/json"]?.schema as {
      required?: string[];
      properties: Record<string, unknown>;
    };
  expect(schema("/health", "get", 200)).toEqual({
    type: "object",
    properties: {
      status: { type: "string", enum: ["ok"] },
      environment: { type: "string" },
      commit: { type: "string", description: expect.any(String) as string },
      versionCommit: { type: "string", description: expect.any(String) as string },
      version: { type: "string", description: expect.any(String) as string },
    },
    required: ["status", "environment", "commit", "versionCommit"],
  });
  expect(schema("/documents", "get", 200)).toMatchObject({
    properties: { documents: { items: { required: ["name", "size", "lastModified"] } } },
    required: ["documents"],
  });
  for (const status of [200, 201])
    expect(schema("/documents/{name}", "put", status).required).toEqual(["name", "size", "contentType"]);
  const metadata = schema("/documents/{name}/metadata", "get", 200);
  expect(metadata.required).toEqual(["name", "size", "sha256", "contentType", "time"]);
  expect(Object.keys(metadata.properties)).toEqual(metadata.required);
});

it("the answers of API Gateway are described for every operation", () => {
  for (const { responses } of Object.values(paths).flatMap((one) => Object.values(one))) {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["429", "431", "500", "503"]));
    for (const status of [429, 503])
      expect(responses[status]?.content?.["application/json"]?.schema).toMatchObject({
        properties: { message: { type: "string" } },
        required: ["message"],
      });
  }
});

const text = { "content-type": "text/plain" };
const large = Buffer.alloc(MAX_DOCUMENT_BYTES + 1);

it.each([
  ["get", "/documents", httpEvent("GET", "/documents", { rawQueryString: "limit=0" })],
  ["get", "/documents", httpEvent("GET", "/documents", { rawQueryString: "cursor=@" })],
  ["put", "/documents/{name}", httpEvent("PUT", "/documents/%07", { body: "x", headers: text })],
  ["put", "/documents/{name}", httpEvent("PUT", "/documents/x", { rawPath: "/documents/%ff" })],
  ["put", "/documents/{name}", httpEvent("PUT", "/documents/a", { headers: { "content-type": "nonsense" } })],
  [
    "put",
    "/documents/{name}",
    httpEvent("PUT", "/documents/a", { body: "\uFFFD", headers: { ...text, "content-length": "1" } }),
  ],
  [
    "put",
    "/documents/{name}",
    httpEvent("PUT", "/documents/a", { body: large.toString("base64"), isBase64Encoded: true }),
  ],
  ["get", "/documents/{name}", httpEvent("GET", "/documents/unknown")],
  ["get", "/documents/{name}", httpEvent("GET", "/documents/large")],
  ["get", "/documents/{name}", httpEvent("GET", "/documents/..")],
  ["delete", "/documents/{name}", httpEvent("DELETE", "/documents/unknown")],
  ["delete", "/documents/{name}", httpEvent("DELETE", "/documents/..")],
  ["get", "/documents/{name}/metadata", httpEvent("GET", "/documents/unknown/metadata")],
  ["get", "/documents/{name}/metadata", httpEvent("GET", "/documents/large/metadata")],
  ["get", "/documents/{name}/metadata", httpEvent("GET", "/documents/%07/metadata")],
])("a refusal of %s %s is one that is described (%#)", async (method, path, event) => {
  s3.put("documents/large", large);
  const answer = await lambdaHandler(app, logger, { count: () => undefined })(event, {} as LambdaContext);
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  const body = Buffer.from(answer.body, answer.isBase64Encoded ? "base64" : "utf8").toString();
  const { error } = JSON.parse(body) as { error: { code: string } };
  const described = paths[path]?.[method]?.responses[answer.statusCode]?.content?.["application/json"];
  expect(described?.schema.properties.error.properties.code.enum).toContain(error.code);
});

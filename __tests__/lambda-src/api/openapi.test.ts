import { Logger } from "@aws-lambda-powertools/logger";
import type { LambdaContext } from "hono/aws-lambda";
import { createApp } from "../../../lambda-src/api/app";
import { Documents, MAX_DOCUMENT_BYTES } from "../../../lambda-src/api/documents";
import { lambdaHandler } from "../../../lambda-src/api/lambda";
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
    commit: "abc123",
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

import { Logger } from "@aws-lambda-powertools/logger";
import fc from "fast-check";
import type { LambdaContext } from "hono/aws-lambda";
import { createApp } from "../../../lambda-src/api/app";
import { Documents } from "../../../lambda-src/api/documents";
import type { HttpEvent } from "../../../lambda-src/api/http-event";
import { lambdaHandler } from "../../../lambda-src/api/lambda";
import { httpEvent } from "../support/http-events";
import { MemoryS3 } from "../support/memory-s3";
import { documentNames } from "../support/names";

const logger = new Logger();
let s3: MemoryS3;
let handler: ReturnType<typeof lambdaHandler>;
/** The versions whose answers were counted. */
let counted: string[];

beforeEach(() => {
  s3 = new MemoryS3();
  const documents = new Documents(s3.client, s3.bucket);
  const app = createApp({ documents, environment: "dev", versionCommit: "abc123", logger });
  counted = [];
  handler = lambdaHandler(app, logger, {
    count: ({ functionVersion }) => counted.push(functionVersion),
  });
});

async function send(event: HttpEvent) {
  const answer = await handler(event, { awsRequestId: "request-1", functionVersion: "7" } as LambdaContext);
  const body = Buffer.from(answer.body, answer.isBase64Encoded ? "base64" : "utf8");
  return { status: answer.statusCode, headers: answer.headers ?? {}, body };
}

const pathOf = (name: string) => `/documents/${encodeURIComponent(name)}`;

function putEvent(name: string, content: Buffer, contentType: string): HttpEvent {
  return httpEvent("PUT", pathOf(name), {
    body: content.toString("base64"),
    isBase64Encoded: true,
    headers: { "content-type": contentType, "content-length": String(content.length) },
  });
}

it.each([
  ["that was delivered with this version", { commit: "def456", version: "7" }, "def456"],
  ["of the version if another one was delivered", { commit: "def456", version: "8" }, "abc123"],
  ["of the version if the stage has no variables", undefined, "abc123"],
])("health has the commit %s", async (_, stageVariables, commit) => {
  const { body } = await send({ ...httpEvent("GET", "/health"), stageVariables });
  expect(JSON.parse(body.toString())).toMatchObject({ commit, versionCommit: "abc123", version: "7" });
});

it("any content comes back under any name, byte by byte", async () => {
  const contentTypes = fc.constantFrom(
    "text/plain",
    "application/json",
    "text/html; charset=latin1",
    "image/png",
  );
  await fc.assert(
    fc.asyncProperty(documentNames, fc.uint8Array(), contentTypes, async (name, bytes, contentType) => {
      const content = Buffer.from(bytes);
      s3.objects.clear();
      const stored = await send(putEvent(name, content, contentType));
      expect(stored.status).toBe(201);
      expect(JSON.parse(stored.body.toString())).toEqual({ name, size: content.length, contentType });
      expect([...s3.objects.keys()]).toEqual([`documents/${name}`]);

      const read = await send(httpEvent("GET", pathOf(name)));
      expect(read.status).toBe(200);
      expect(read.headers["content-type"]).toBe(contentType);
      expect(read.body.equals(content)).toBe(true);

      const listed = await send(httpEvent("GET", "/documents"));
      expect(JSON.parse(listed.body.toString())).toMatchObject({
        documents: [{ name, size: content.length }],
      });

      expect((await send(httpEvent("DELETE", pathOf(name)))).status).toBe(204);
      expect(s3.objects.size).toBe(0);
    }),
  );
});

it("a name is decoded once", async () => {
  await send(putEvent("%41", Buffer.from("x"), "text/plain"));
  expect([...s3.objects.keys()]).toEqual(["documents/%41"]);
  expect((await send(httpEvent("GET", "/documents/A"))).status).toBe(404);
});

it("the query is read", async () => {
  s3.put("documents/a", "");
  s3.put("documents/b", "");
  const { body } = await send(httpEvent("GET", "/documents", { rawQueryString: "limit=1" }));
  const page = JSON.parse(body.toString()) as { documents: { name: string }[] };
  expect(page.documents.map(({ name }) => name)).toEqual(["a"]);
});

it.each(["/documents/..", "/documents/%2e"])("%s is refused like any other wrong name", async (path) => {
  const { status, headers, body } = await send(httpEvent("DELETE", path));
  expect(status).toBe(400);
  expect(headers["content-type"]).toBe("application/json");
  expect(JSON.parse(body.toString())).toMatchObject({ error: { code: "invalid_name" } });
});

it.each(["TRACE", "CONNECT"])("%s is refused like any other wrong method", async (method) => {
  const { status, headers, body } = await send(httpEvent(method, "/documents/a"));
  expect(status).toBe(405);
  expect(headers["allow"]).toBe("GET, HEAD, PUT, DELETE");
  expect(JSON.parse(body.toString())).toMatchObject({ error: { code: "method_not_allowed" } });
});

it("an answer with 5xx is counted for the version that gave it, and no other is", async () => {
  await send(httpEvent("GET", "/documents"));
  await send(httpEvent("GET", "/nowhere"));
  expect(counted).toEqual([]);
  s3.before = () => {
    throw new Error("The bucket is gone.");
  };
  jest.spyOn(logger, "error").mockImplementation();
  expect((await send(httpEvent("GET", "/documents"))).status).toBe(500);
  expect(counted).toEqual(["7"]);
});

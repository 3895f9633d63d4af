import { Logger } from "@aws-lambda-powertools/logger";
import type { Context } from "aws-lambda";
import { createApp } from "../../../lambda-src/api/app";
import { Documents, MAX_DOCUMENT_BYTES } from "../../../lambda-src/api/documents";
import { Recorder } from "../../../lambda-src/record-object/recorder";
import { MemoryS3 } from "../support/memory-s3";

const logger = new Logger();
let s3: MemoryS3;
let app: ReturnType<typeof createApp>;

beforeEach(() => {
  s3 = new MemoryS3();
  app = createApp({
    documents: new Documents(s3.client, s3.bucket),
    environment: "dev",
    versionCommit: "abc123",
    logger,
  });
});

const put = async (name: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  app.request(`/documents/${encodeURIComponent(name)}`, { method: "PUT", body, headers });

async function expectError(answer: Response | Promise<Response>, status: number, code: string) {
  const response = await answer;
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/json");
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe(code);
  expect(error.message).not.toBe("");
  return error.message;
}

it("health says what runs where", async () => {
  const response = await app.request("/health");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: "ok",
    environment: "dev",
    commit: "abc123",
    versionCommit: "abc123",
  });
});

describe("storing", () => {
  it("a new document is 201, a replaced one 200", async () => {
    const first = await put("a", "one", { "content-type": "text/plain" });
    expect(first.status).toBe(201);
    expect(await first.json()).toEqual({ name: "a", size: 3, contentType: "text/plain" });
    const second = await put("a", "other", { "content-type": "text/markdown" });
    expect(second.status).toBe(200);
    expect(s3.objects.get("documents/a")).toMatchObject({ contentType: "text/markdown" });
    expect(s3.objects.get("documents/a")?.body.toString()).toBe("other");
  });

  it("responds with 201 to one of several first writers, and fails for none", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => put("a", String(i))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  it("without a content type it is a sequence of bytes", async () => {
    const response = await put("a", new Uint8Array([1, 2]));
    expect(await response.json()).toMatchObject({ contentType: "application/octet-stream" });
  });

  it.each([
    "a/b",
    "text/plain; charset=utf-8",
    "text/plain\t ;",
    "a!#$&^.+-_9/b!#$&^.+-_9",
    `text/${"x".repeat(250)}`,
  ])("content type %j is kept", async (type) => {
    expect(await (await put("a", "x", { "content-type": type })).json()).toMatchObject({ contentType: type });
  });

  it.each([
    ...["nonsense", "text/plain, text/html", "text/", "/plain", "é/text/plain", "text/é", "text/plain;é"],
    ...["text/plain charset", "text/plain x;", `text/${"x".repeat(251)}`],
  ])("content type %j is refused", async (type) => {
    await expectError(put("a", "x", { "content-type": type }), 400, "invalid_content_type");
    expect(s3.objects.size).toBe(0);
  });

  it("4 MiB fit, one byte more is refused", async () => {
    expect((await put("a", new Uint8Array(MAX_DOCUMENT_BYTES))).status).toBe(201);
    const message = await expectError(
      put("b", new Uint8Array(MAX_DOCUMENT_BYTES + 1)),
      413,
      "document_too_large",
    );
    expect(message).toContain(String(MAX_DOCUMENT_BYTES));
    expect([...s3.objects.keys()]).toEqual(["documents/a"]);
  });

  it.each(["%00", "a%0Ab", "a%2Fb", "a/b", "", "x".repeat(1011)])("the name %j is refused", async (name) => {
    await expectError(app.request(`/documents/${name}`, { method: "PUT", body: "x" }), 400, "invalid_name");
    expect(s3.objects.size).toBe(0);
  });
});

describe("reading", () => {
  it("content comes back with its type, and a browser may not run it", async () => {
    s3.put("documents/a", "<script>", "text/html");
    const response = await app.request("/documents/a");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("<script>");
    expect(response.headers.get("content-type")).toBe("text/html");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    expect(response.headers.get("content-disposition")).toBe("attachment");
  });

  it("HEAD answers the same without the content", async () => {
    s3.put("documents/a", "content", "text/css");
    const response = await app.request("/documents/a", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/css");
    expect(await response.text()).toBe("");
  });

  it("what others put into the bucket and is too large for a function is refused with its size", async () => {
    s3.put("documents/a", Buffer.alloc(MAX_DOCUMENT_BYTES + 1));
    const message = await expectError(app.request("/documents/a"), 413, "document_too_large");
    expect(message).toContain(String(MAX_DOCUMENT_BYTES + 1));
  });

  it("an unknown document is 404 and named", async () => {
    expect(await expectError(app.request("/documents/a%20b"), 404, "unknown_document")).toContain('"a b"');
  });
});

describe("deleting", () => {
  it("takes the metadata along", async () => {
    s3.put("documents/a", "x");
    s3.put("metadata/a.json", "{}");
    s3.put("documents/b", "x");
    expect((await app.request("/documents/a", { method: "DELETE" })).status).toBe(204);
    expect([...s3.objects.keys()]).toEqual(["documents/b"]);
  });

  it("an unknown document is 404", () =>
    expectError(app.request("/documents/a", { method: "DELETE" }), 404, "unknown_document"));
});

describe("listing", () => {
  interface Page {
    documents: { name: string; size: number; lastModified: string }[];
    cursor?: string;
  }
  const page = async (query: string) => (await (await app.request(`/documents${query}`)).json()) as Page;

  it("an empty bucket is an empty page", async () => {
    s3.put("metadata/a.json", "{}");
    expect(await page("")).toEqual({ documents: [] });
  });

  it("documents have name, size and time", async () => {
    s3.put("documents/ a&b ", "xyz");
    expect(await page("")).toEqual({
      documents: [{ name: " a&b ", size: 3, lastModified: "2024-05-01T12:00:00.000Z" }],
    });
  });

  it("pages of any size hold every document once", async () => {
    const names = ["a", "b +", "ä", "日", "😀", "%41"].map((name) => name + "!");
    for (const name of names) s3.put(`documents/${name}`, name);
    for (const limit of [1, 2, 3, 6, 1000]) {
      const found: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const next = await page(`?limit=${limit}${cursor === undefined ? "" : `&cursor=${cursor}`}`);
        found.push(...next.documents.map(({ name }) => name));
        cursor = next.cursor;
        pages++;
      } while (cursor !== undefined);
      expect(found.sort()).toEqual([...names].sort());
      expect(pages).toBe(Math.ceil(names.length / limit));
    }
  });

  it("a page has 100 documents when nothing is said", async () => {
    for (let i = 0; i < 101; i++) s3.put(`documents/${i}`, "");
    expect((await page("")).documents).toHaveLength(100);
  });

  it.each(["?limit=0", "?limit=1001", "?limit=-1", "?limit=1e2", "?limit=", "?cursor="])(
    "%s is refused",
    (query) => expectError(app.request(`/documents${query}`), 400, "invalid_query"),
  );

  it.each(["?cursor=%40", "?cursor=_w", "?cursor=a"])("%s is refused as no cursor of ours", (query) =>
    expectError(app.request(`/documents${query}`), 400, "invalid_cursor"),
  );
});

describe("metadata", () => {
  const record = (sequencer: string) =>
    new Recorder(s3.client, s3.bucket).record({
      kind: "written",
      name: "a",
      time: "2024-05-01T12:00:00.000Z",
      sequencer,
    });

  it("is what was recorded", async () => {
    s3.put("documents/a", "content", "text/plain");
    await record("1");
    expect(await (await app.request("/documents/a/metadata")).json()).toEqual({
      name: "a",
      size: 7,
      sha256: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
      contentType: "text/plain",
      time: "2024-05-01T12:00:00.000Z",
    });
  });

  it("of an unknown document and of one not processed yet get different responses", async () => {
    await expectError(app.request("/documents/a/metadata"), 404, "unknown_document");
    s3.put("documents/a", "content");
    await expectError(app.request("/documents/a/metadata"), 404, "not_processed");
  });

  it("of earlier content is not shown for what replaced it", async () => {
    s3.put("documents/a", "content");
    await record("1");
    await put("a", "replaced");
    await expectError(app.request("/documents/a/metadata"), 404, "not_processed");
    await record("2");
    expect((await app.request("/documents/a/metadata")).status).toBe(200);
  });

  it("that stayed behind does not make a deleted document known", async () => {
    s3.put("documents/a", "content");
    await record("1");
    s3.objects.delete("documents/a");
    await expectError(app.request("/documents/a/metadata"), 404, "unknown_document");
  });
});

it.each([
  ["POST", "/health", "GET, HEAD"],
  ["POST", "/openapi.json", "GET, HEAD"],
  ["POST", "/documents", "GET, HEAD"],
  ["PATCH", "/documents/a", "GET, HEAD, PUT, DELETE"],
  ["PUT", "/documents/a/metadata", "GET, HEAD"],
])("%s %s is refused with the methods that work", async (method, path, allow) => {
  const response = await app.request(path, { method });
  expect(response.headers.get("allow")).toBe(allow);
  await expectError(response, 405, "method_not_allowed");
});

it.each([
  ["/documents", "GET, HEAD"],
  ["/documents/a", "GET, HEAD, PUT, DELETE"],
  ["/documents/a/metadata", "GET, HEAD"],
])("OPTIONS %s is answered without an error, as a preflight request needs it", async (path, allow) => {
  const response = await app.request(path, { method: "OPTIONS" });
  expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([204, allow, ""]);
});

it.each(["/", "/nothing", "/documents2", "/health/x"])("%s is nothing", (path) =>
  expectError(app.request(path), 404, "unknown_path"),
);

it("an unexpected error is logged with its cause, which the response leaves out", async () => {
  const log = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    s3.before = () => {
      throw new Error("secret detail");
    };
    const lambdaContext = { awsRequestId: "request-1" };
    logger.addContext(lambdaContext as Context);
    const response = await app.request("/documents/a", {}, { lambdaContext });
    const message = await expectError(response, 500, "internal_error");
    expect(message).toContain("request-1");
    expect(message).not.toContain("secret");
    expect(log).toHaveBeenCalledTimes(1);
    const line = String(log.mock.calls[0]?.[0]);
    expect(line.trimEnd()).not.toContain("\n");
    expect(JSON.parse(line)).toMatchObject({
      level: "ERROR",
      message: "The request failed.",
      function_request_id: "request-1",
      method: "GET",
      path: "/documents/a",
      error: { message: "secret detail" },
    });
  } finally {
    log.mockRestore();
  }
});

it("an error without a Lambda function around the API has no request id", async () => {
  s3.before = () => {
    throw new Error("connection reset");
  };
  jest.spyOn(logger, "error").mockImplementation();
  const message = await expectError(app.request("/documents/a"), 500, "internal_error");
  jest.restoreAllMocks();
  expect(message).toBe("Something went wrong on our side. It was logged under request id unknown.");
});

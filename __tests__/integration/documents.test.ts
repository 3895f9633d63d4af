import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, describe, it } from "node:test";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { deleteCreated, pathOf, put, request, required, RUN, whenReady } from "./api-client";

after(deleteCreated);

void it("the API is up and says what it was built from", async () => {
  const response = await request("GET", "/health");
  assert.equal(response.status, 200);
  const health = (await response.json()) as Record<string, string>;
  assert.equal(health.status, "ok");
  assert.ok(health.environment);
  assert.ok(health.commit);
});

void it("the API describes itself", async () => {
  const response = await request("GET", "/openapi.json");
  assert.equal(response.status, 200);
  const { openapi, paths } = (await response.json()) as { openapi: string; paths: Record<string, object> };
  assert.match(openapi, /^3\.1/);
  assert.deepEqual(Object.keys(paths["/documents/{name}"] ?? {}).sort(), ["delete", "get", "put"]);
});

void describe("a document", () => {
  for (const [what, suffix, content, contentType] of [
    ["text", "notes.txt", Buffer.from("Fjörd\r\n\0end"), "text/plain; charset=utf-8"],
    ["binary", "photo.bin", randomBytes(100_000), "application/octet-stream"],
    ["bytes that are no UTF-8", "odd.dat", Buffer.from([0xff, 0xfe, 0x00, 0xef, 0xbb, 0xbf]), "image/png"],
    ["text that begins with a byte order mark", "bom.txt", Buffer.from("\uFEFFa"), "text/plain"],
    ["nothing", "empty", Buffer.alloc(0), "application/x-empty"],
    ["a name with everything", "ä +&=%41 #;日本\\'\"<>*~.txt", Buffer.from("x"), "text/plain"],
  ] as const) {
    void it(`with ${what} comes back as it was sent, and is gone when deleted`, async () => {
      const name = `${RUN}-${suffix}`;
      const stored = await put(name, content, contentType);
      assert.equal(stored.status, 201, await stored.clone().text());
      assert.deepEqual(await stored.json(), { name, size: content.length, contentType });

      const read = await request("GET", pathOf(name));
      assert.equal(read.status, 200);
      assert.equal(read.headers.get("content-type"), contentType);
      assert.equal(read.headers.get("x-content-type-options"), "nosniff");
      assert.ok(Buffer.from(await read.arrayBuffer()).equals(content));

      const deleted = await request("DELETE", pathOf(name));
      assert.equal(deleted.status, 204);
      assert.equal((await request("GET", pathOf(name))).status, 404);
      assert.equal((await request("DELETE", pathOf(name))).status, 404);
    });
  }

  void it("stored again is replaced", async () => {
    const name = `${RUN}-replaced`;
    assert.equal((await put(name, "one", "text/plain")).status, 201);
    assert.equal((await put(name, "two", "text/markdown")).status, 200);
    const read = await request("GET", pathOf(name));
    assert.equal(await read.text(), "two");
    assert.equal(read.headers.get("content-type"), "text/markdown");
  });

  void it("is stored in the bucket", async () => {
    const name = `${RUN}-in the bucket`;
    await put(name, "content", "text/plain");
    const s3 = new S3Client({});
    const object = await s3.send(
      new GetObjectCommand({ Bucket: required("BUCKET"), Key: `documents/${name}` }),
    );
    assert.equal(await object.Body?.transformToString(), "content");
    assert.equal(object.ContentType, "text/plain");
  });

  for (const [what, suffix, content] of [
    ["spaces and signs in its name", "processed +1 &=%41 #;'\"<>*~", randomBytes(10_000)],
    ["a name in Unicode", "ä日本😀e\u0301", randomBytes(100)],
    ["the longest name", "x".repeat(1010 - RUN.length - 1), randomBytes(100)],
    ["no content", "processed-empty", Buffer.alloc(0)],
  ] as const) {
    void it(`with ${what} is processed after it was stored`, async () => {
      const name = `${RUN}-${suffix}`;
      await put(name, content, "application/pdf");
      const response = await whenReady(`${pathOf(name)}/metadata`);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const { time, ...metadata } = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(metadata, {
        name,
        size: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
        contentType: "application/pdf",
      });
      assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 3_600_000, `time ${String(time)}`);
    });
  }
});

void it("documents are found page by page, each once", async () => {
  const names = Array.from({ length: 5 }, (_, i) => `${RUN}-page-${i}`);
  await Promise.all(names.map((name) => put(name, "x", "text/plain")));
  const all = await list(1000, Infinity);
  assert.deepEqual(
    all.filter((name) => name.startsWith(`${RUN}-page-`)),
    names,
  );
  // Three small pages only: the bucket may hold many documents of others, who may store more meanwhile.
  const first = await list(2, 3);
  assert.ok(first.length === 5 || first.length === 6, `${first.length} documents`);
  assert.equal(new Set(first).size, first.length);
});

/** The names on the first `pages` pages of `limit` documents. */
async function list(limit: number, pages: number): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined = "";
  for (let page = 0; page < pages && cursor !== undefined; page++) {
    const response = await request("GET", `/documents?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    assert.equal(response.status, 200);
    const answer = (await response.json()) as { documents: { name: string }[]; cursor?: string };
    assert.ok(answer.documents.length <= limit);
    names.push(...answer.documents.map(({ name }) => name));
    cursor = answer.cursor;
  }
  return names;
}

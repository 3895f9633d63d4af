import assert from "node:assert/strict";
import { after, it } from "node:test";
import { assertError, deleteCreated, pathOf, put, request, RUN } from "./api-client";

after(deleteCreated);

void it("an unknown document is not found", async () => {
  const path = pathOf(`${RUN}-unknown`);
  await assertError(await request("GET", path), 404, "unknown_document");
  await assertError(await request("DELETE", path), 404, "unknown_document");
  await assertError(await request("GET", `${path}/metadata`), 404, "unknown_document");
});

void it("an unknown path is not found", async () => {
  await assertError(await request("GET", "/nothing"), 404, "unknown_path");
});

void it("a wrong method is refused with those that are right", async () => {
  const response = await request("POST", pathOf(`${RUN}-posted`), { body: "x" });
  assert.equal(response.headers.get("allow"), "GET, HEAD, PUT, DELETE");
  await assertError(response, 405, "method_not_allowed");
});

void it("a name that cannot be stored is refused", async () => {
  for (const name of ["\u0007", "x".repeat(1011)]) {
    await assertError(await put(name, "x", "text/plain"), 400, "invalid_name");
  }
});

void it("a page that cannot be is refused", async () => {
  for (const query of ["limit=0", "limit=1001", "limit=ten"]) {
    await assertError(await request("GET", `/documents?${query}`), 400, "invalid_query");
  }
  await assertError(await request("GET", "/documents?cursor=@"), 400, "invalid_cursor");
});

void it("a document of 4 MiB fits, one byte more does not", async () => {
  const name = `${RUN}-large`;
  const largest = Buffer.alloc(4 * 1024 * 1024, 7);
  assert.equal((await put(name, largest, "application/octet-stream")).status, 201);
  const read = await request("GET", pathOf(name));
  assert.ok(Buffer.from(await read.arrayBuffer()).equals(largest));
  const larger = Buffer.concat([largest, Buffer.of(7)]);
  await assertError(await put(name, larger, "application/octet-stream"), 413, "document_too_large");
});

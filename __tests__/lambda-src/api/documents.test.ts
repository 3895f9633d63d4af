import { NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import { Documents, MAX_DOCUMENT_BYTES } from "../../../lambda-src/api/documents";
import { LAST_MODIFIED, MemoryS3 } from "../support/memory-s3";

let s3: MemoryS3;
let documents: Documents;

beforeEach(() => {
  s3 = new MemoryS3();
  documents = new Documents(s3.client, s3.bucket);
});

/** Documents of an S3 that answers every call with this. */
const answeredWith = (answer: object) =>
  new Documents({ send: () => Promise.resolve(answer) } as unknown as S3Client, "bucket");

/** Fails the calls of a method, after how many have passed. */
function failing(method: string, passing = 0): void {
  let calls = 0;
  s3.before = (called) => {
    if (called === method && ++calls > passing) throw new Error("connection reset");
  };
}

const missing = { status: 404, code: "unknown_document", message: 'There is no document "a".' };

describe("a document that is put", () => {
  it("is created or replaced, with its content and its type", async () => {
    await expect(documents.put("a", Buffer.from("one"), "text/plain")).resolves.toBe("created");
    expect(s3.objects.get("documents/a")).toMatchObject({
      body: Buffer.from("one"),
      contentType: "text/plain",
    });
    await expect(documents.put("a", Buffer.from("two"), "image/png")).resolves.toBe("replaced");
    expect(s3.objects.get("documents/a")).toMatchObject({
      body: Buffer.from("two"),
      contentType: "image/png",
    });
  });

  it("is not said to be replaced where S3 has failed", async () => {
    failing("PUT");
    await expect(documents.put("a", Buffer.from("one"), "text/plain")).rejects.toThrow("connection reset");
    // Only the first request fails: one that replaced it would succeed.
    s3.before = (called) => {
      if (called !== "PUT") return;
      s3.before = () => undefined;
      throw new Error("connection reset");
    };
    await expect(documents.put("a", Buffer.from("one"), "text/plain")).rejects.toThrow("connection reset");
    s3.put("documents/a", "before");
    failing("PUT", 1);
    await expect(documents.put("a", Buffer.from("one"), "text/plain")).rejects.toThrow("connection reset");
    expect(s3.objects.get("documents/a")?.body.toString()).toBe("before");
  });
});

describe("a document that is read", () => {
  it("has the content and the type that it was stored with", async () => {
    s3.put("documents/a", "content", "text/plain");
    const { content, contentType } = await documents.get("a");
    expect(Buffer.from(content).toString()).toBe("content");
    expect(contentType).toBe("text/plain");
  });

  it("has a type, and content, also where S3 names none", async () => {
    await expect(answeredWith({}).get("a")).resolves.toEqual({
      content: new Uint8Array(),
      contentType: "application/octet-stream",
    });
  });

  it("has as many bytes as the API can answer, and the rest of a larger one is not fetched", async () => {
    s3.put("documents/a", Buffer.alloc(MAX_DOCUMENT_BYTES));
    expect((await documents.get("a")).content).toHaveLength(MAX_DOCUMENT_BYTES);
    const cancel = jest.fn();
    const Body = { transformToWebStream: () => new ReadableStream({ cancel }) };
    const large = answeredWith({ Body, ContentLength: MAX_DOCUMENT_BYTES + 1 });
    await expect(large.get("a")).rejects.toMatchObject({
      status: 413,
      code: "document_too_large",
      message: `"a" has ${MAX_DOCUMENT_BYTES + 1} bytes; this API returns documents of up to ${MAX_DOCUMENT_BYTES}. Read it from the bucket.`,
    });
    expect(cancel).toHaveBeenCalledTimes(1);
    await expect(answeredWith({ ContentLength: MAX_DOCUMENT_BYTES + 1 }).get("a")).rejects.toMatchObject({
      status: 413,
    });
  });

  it("is refused where there is none, and no error is taken for that", async () => {
    await expect(documents.get("a")).rejects.toMatchObject(missing);
    failing("GET");
    await expect(documents.get("a")).rejects.toThrow("connection reset");
  });
});

describe("a document that is deleted", () => {
  it("goes before what is recorded of it", async () => {
    s3.put("documents/a", "content");
    s3.put("metadata/a.json", "{}");
    const deleted: string[] = [];
    s3.before = (method, key) => void (method === "DELETE" && deleted.push(key));
    await documents.delete("a");
    expect(deleted).toEqual(["documents/a", "metadata/a.json"]);
    expect([...s3.objects.keys()]).toEqual([]);
  });

  it("is refused where there is none, and what is recorded under its name stays", async () => {
    s3.put("metadata/a.json", "{}");
    await expect(documents.delete("a")).rejects.toMatchObject(missing);
    expect([...s3.objects.keys()]).toEqual(["metadata/a.json"]);
    failing("HEAD");
    await expect(documents.delete("a")).rejects.toThrow("connection reset");
  });
});

describe("the list", () => {
  it("has a page of documents, with the last name where there are more", async () => {
    for (const name of ["a", "b", "c"]) s3.put(`documents/${name}`, name.repeat(3));
    s3.put("metadata/a.json", "{}");
    const listed = (name: string) => ({ name, size: 3, lastModified: LAST_MODIFIED });
    await expect(documents.list(2)).resolves.toEqual({ documents: [listed("a"), listed("b")], last: "b" });
    await expect(documents.list(2, "b")).resolves.toEqual({ documents: [listed("c")] });
    await expect(documents.list(3)).resolves.toEqual({ documents: ["a", "b", "c"].map(listed) });
    await expect(documents.list(3, "c")).resolves.toEqual({ documents: [] });
  });

  it("skips what is not a document, and continues after it", async () => {
    const Contents = [{ Key: "documents/a" }, { Key: "documents/" }, {}, { Key: "documents/z/" }];
    const { documents: found, last } = await answeredWith({ Contents, IsTruncated: true }).list(4);
    expect(found[0]).toEqual({ name: "a", size: 0, lastModified: "" });
    expect(last).toBe("z/");
    await expect(answeredWith({}).list(4)).resolves.toEqual({ documents: [] });
    await expect(answeredWith({ IsTruncated: true }).list(4)).resolves.toEqual({ documents: [] });
    await expect(answeredWith({ IsTruncated: true, Contents: [{}] }).list(4)).resolves.not.toHaveProperty(
      "last",
    );
  });
});

describe("metadata", () => {
  const record = { name: "a", size: 1, sha256: "x", contentType: "y", time: "z", sequencer: "1" };
  const unprocessed = {
    status: 404,
    code: "not_processed",
    message: 'The document "a" is stored but not processed yet. Ask again in a few seconds.',
  };

  it("is what was recorded of the content that the document has now", async () => {
    const { etag } = s3.put("documents/a", "content");
    s3.put("metadata/a.json", JSON.stringify({ ...record, etag }));
    await expect(documents.metadata("a")).resolves.toEqual({ ...record, etag });
    s3.put("documents/a", "other");
    await expect(documents.metadata("a")).rejects.toMatchObject(unprocessed);
  });

  it("is refused where nothing is recorded, and where there is no document", async () => {
    s3.put("documents/a", "content");
    await expect(documents.metadata("a")).rejects.toMatchObject(unprocessed);
    s3.objects.clear();
    s3.put("metadata/a.json", JSON.stringify({ ...record, etag: "x" }));
    await expect(documents.metadata("a")).rejects.toMatchObject(missing);
  });

  it("is refused where nothing is recorded and S3 names no ETag", async () => {
    const send = (command: { constructor: { name: string } }) =>
      command.constructor.name === "HeadObjectCommand"
        ? Promise.resolve({})
        : Promise.reject(new NoSuchKey({ message: "none", $metadata: {} }));
    const odd = new Documents({ send } as unknown as S3Client, "bucket");
    await expect(odd.metadata("a")).rejects.toMatchObject({ code: "not_processed" });
  });

  it("that cannot be read is an error", async () => {
    s3.put("documents/a", "content");
    s3.put("metadata/a.json", "no JSON");
    await expect(documents.metadata("a")).rejects.toThrow(SyntaxError);
    s3.put("metadata/a.json", "{}");
    await expect(documents.metadata("a")).rejects.toThrow(/sha256/);
    failing("GET");
    await expect(documents.metadata("a")).rejects.toThrow("connection reset");
  });
});

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { S3Client } from "@aws-sdk/client-s3";

export interface StoredObject {
  body: Buffer;
  contentType: string;
  etag: string;
}

interface SentRequest {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null | undefined>;
  headers: Record<string, string>;
  body?: unknown;
}

const BUCKET = "test-bucket";

/** When everything in the bucket was written. */
export const LAST_MODIFIED = "2024-05-01T12:00:00.000Z";

/**
 * One bucket in memory behind a real S3 client: what the SDK would send over the network is answered here, with
 * S3's conditions, errors and XML.
 */
export class MemoryS3 {
  readonly bucket = BUCKET;
  readonly objects = new Map<string, StoredObject>();
  /** Called before a request is answered: a test can fail it or change what is stored. */
  before: (method: string, key: string) => void = () => undefined;

  readonly client = new S3Client({
    region: "eu-west-1",
    endpoint: "http://127.0.0.1:1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: { handle: async (request: SentRequest) => ({ response: await this.answer(request) }) },
  });

  /** Stores an object as another client of the bucket would. */
  put(key: string, body: Buffer | string, contentType = "application/octet-stream"): StoredObject {
    const content = Buffer.from(body);
    const etag = `"${createHash("md5").update(content).digest("hex")}"`;
    const object = { body: content, contentType, etag };
    this.objects.set(key, object);
    return object;
  }

  private async answer(request: SentRequest) {
    const [, bucket, ...rest] = request.path.split("/").map(decodeURIComponent);
    if (bucket !== BUCKET) throw new Error(`Not a path-style request for ${BUCKET}: ${request.path}`);
    const key = rest.join("/");
    this.before(request.method, key);
    if (request.method === "GET" && key === "") return response(200, {}, this.list(request.query ?? {}));
    // Read first: from looking at the conditions to storing nothing else may happen.
    const body = await bytesOf(request.body);
    const existing = this.objects.get(key);
    const refused = condition(request.headers, existing);
    if (refused) return refused;
    switch (request.method) {
      case "PUT": {
        const { etag } = this.put(key, body, header(request.headers, "content-type"));
        return response(200, { etag });
      }
      case "DELETE":
        this.objects.delete(key);
        return response(204);
      case "GET":
      case "HEAD":
        if (!existing) return errorResponse(404, "NoSuchKey", request.method === "HEAD");
        return response(
          200,
          {
            etag: existing.etag,
            "content-type": existing.contentType,
            "last-modified": new Date(LAST_MODIFIED).toUTCString(),
            "content-length": String(existing.body.length),
          },
          request.method === "GET" ? existing.body : "",
        );
      default:
        throw new Error(`${request.method} is not something these tests know.`);
    }
  }

  private list(query: NonNullable<SentRequest["query"]>): string {
    const prefix = String(query.prefix ?? "");
    const after = Buffer.from(String(query["start-after"] ?? ""));
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), after) > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const page = keys.slice(0, Number(query["max-keys"]));
    const contents = page.map(
      (key) =>
        `<Contents><Key>${escapeXml(key)}</Key><Size>${this.objects.get(key)?.body.length}</Size>` +
        `<LastModified>${LAST_MODIFIED}</LastModified></Contents>`,
    );
    const isTruncated = keys.length > page.length;
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join("")}</ListBucketResult>`;
  }
}

function condition(headers: Record<string, string>, existing: StoredObject | undefined) {
  if (header(headers, "if-none-match") === "*" && existing) return errorResponse(412, "PreconditionFailed");
  const expected = header(headers, "if-match");
  if (expected === undefined) return undefined;
  if (!existing) return errorResponse(404, "NoSuchKey");
  return expected === existing.etag ? undefined : errorResponse(412, "PreconditionFailed");
}

function errorResponse(statusCode: number, code: string, withoutBody = false) {
  return response(
    statusCode,
    {},
    withoutBody ? "" : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}

/** Content arrives in pieces, as it does over a network. */
function response(statusCode: number, headers: Record<string, string> = {}, body: Buffer | string = "") {
  const bytes = Buffer.from(body);
  const middle = Math.floor(bytes.length / 2);
  const pieces = [bytes.subarray(0, middle), bytes.subarray(middle)].filter((piece) => piece.length > 0);
  return { statusCode, headers, body: Readable.from(pieces, { objectMode: false }) };
}

function header(headers: Record<string, string>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\s]/gu, (character) => `&#${character.codePointAt(0)};`);
}

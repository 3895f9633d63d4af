import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { bundle } from "../../tasks/bundle/bundle";
import { project } from "./local-api";

jest.setTimeout(300_000);

/** The maximum size of one PUT request in S3. */
const SIZE = 5 * 2 ** 30;

/** The memory of the function in the stack, for its code and for Node.js. */
const MEMORY_MEGABYTES = 256;

const folder = mkdtempSync(join(tmpdir(), "large-"));
const piece = Buffer.alloc(2 ** 20, "heavy water ");
const hash = createHash("sha256");
let record: Record<string, unknown>;

/** A bucket with one document, which is generated while it is read. */
const s3 = createServer((request, response) => {
  const isDocument = request.url?.startsWith("/b/documents/large");
  if (request.method === "PUT") {
    void text(request).then((body) => {
      record = JSON.parse(body) as typeof record;
      response.setHeader("etag", '"record"').end();
    });
  } else if (!isDocument) {
    response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  } else {
    response.writeHead(200, { etag: '"large"', "content-type": "video/mp4", "content-length": SIZE });
    if (request.method === "HEAD") response.end();
    else void send(response);
  }
});

async function send(response: ServerResponse): Promise<void> {
  function* content() {
    for (let sent = 0; sent < SIZE; sent += piece.length) {
      hash.update(piece);
      yield piece;
    }
  }
  await pipeline(Readable.from(content()), response);
}

beforeAll(async () => {
  await bundle(project, folder);
  await new Promise<void>((done) => s3.listen(0, "127.0.0.1", done));
});
afterAll(async () => {
  await new Promise((done) => s3.close(done));
  rmSync(folder, { recursive: true, force: true });
});

it("a document of 5 GB is recorded within the memory of the function", async () => {
  const object = { key: "documents/large", sequencer: "0A" };
  const event = {
    Records: [
      { eventName: "ObjectCreated:Put", eventTime: "2024-05-01T12:00:00.000Z", s3: { bucket: {}, object } },
    ],
  };
  const script = `require("./index.js").handler(${JSON.stringify(event)}, {}).then(() =>
    console.log(JSON.stringify({ kilobytes: process.resourceUsage().maxRSS })))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], {
    cwd: join(folder, "lambda/record-object"),
    env: {
      BUCKET: "b",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
  });
  expect(record).toMatchObject({ size: SIZE, sha256: hash.digest("hex"), contentType: "video/mp4" });
  const { kilobytes } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { kilobytes: number };
  expect(kilobytes / 1024).toBeLessThan(MEMORY_MEGABYTES);
});

import { Logger } from "@aws-lambda-powertools/logger";
import fc from "fast-check";
import type { LambdaContext } from "hono/aws-lambda";
import { codePoint } from "../../support/code-point";
import { createApp } from "../../../lambda-src/api/app";
import { Documents } from "../../../lambda-src/api/documents";
import { lambdaHandler } from "../../../lambda-src/api/lambda";
import { httpEvent } from "../support/http-events";
import { MemoryS3 } from "../support/memory-s3";

const s3 = new MemoryS3();
const logger = new Logger();
const app = createApp({
  documents: new Documents(s3.client, s3.bucket),
  environment: "dev",
  versionCommit: "abc123",
  logger,
});
const handler = lambdaHandler(app, logger, { count: () => undefined });

const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
const wide = `{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":{}`).join(",")}}`;
const bodies = fc.oneof(
  fc.constantFrom(deep, wide, '{"__proto__":{"toString":1}}', "\ud800", ""),
  fc.json(),
  fc.string({ unit: codePoint }),
);
const names = fc.oneof(
  fc.string({ unit: codePoint }),
  fc.constantFrom("..", "%2e%2e", "%ff", "%00", "%25", "a/../b", "__proto__", "a".repeat(5000), "\ud800"),
);
const headers = fc.dictionary(
  fc.oneof(
    fc.constantFrom("content-type", "content-length", "range", "if-match", "cookie"),
    fc.stringMatching(/^[a-z-]{1,20}$/),
  ),
  // Of a header that is sent twice API Gateway makes one, with a comma between.
  fc.oneof(fc.constantFrom("text/plain,text/html", "-1", "bytes=9-1", "*/*;q=x", "\u0000"), fc.string()),
);

/** The event that API Gateway creates from a client's request, unless it refuses the request itself. */
const events = fc
  .record({
    method: fc.constantFrom("GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "CONNECT"),
    prefix: fc.constantFrom("/documents/", "/documents?", "/", "/health/", "/openapi.json/"),
    name: names,
    query: fc.oneof(
      fc.string(),
      fc.constantFrom("limit=-1", "limit=1e99", "cursor=%ff", "cursor=e30", "&&=="),
    ),
    headers,
    body: bodies,
    isBase64Encoded: fc.boolean(),
  })
  .map(({ method, prefix, name, query, body, isBase64Encoded, headers }) =>
    httpEvent(method, "/", {
      headers,
      rawPath: `${prefix}${name}`,
      rawQueryString: query,
      body: isBase64Encoded ? Buffer.from(body).toString("base64") : body,
      isBase64Encoded,
    }),
  );

it("the API itself answers whatever a client sends, and never with 5xx", async () => {
  await fc.assert(
    fc.asyncProperty(events, async (event) => {
      const answer = await handler(event, { awsRequestId: "1", functionVersion: "7" } as LambdaContext);
      expect(answer.statusCode).toBeGreaterThanOrEqual(200);
      expect(answer.statusCode).toBeLessThan(500);
    }),
    { numRuns: 500 },
  );
});

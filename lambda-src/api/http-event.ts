import type { LambdaEvent } from "hono/aws-lambda";
import { Refusal } from "./refusal";

/** What API Gateway sends for a request to an HTTP API, payload format 2.0. */
export type HttpEvent = Extract<LambdaEvent, { rawPath: string }>;

/** Methods that no Request of the web platform can have. */
const NEVER = ["CONNECT", "TRACE", "TRACK"];

/**
 * Makes an API Gateway event fit to be read as an HTTP request: the path percent-encoded throughout, and no
 * body where none belongs. Refuses what cannot be read without changing its meaning.
 */
export function asRequestEvent(event: HttpEvent): HttpEvent {
  const { method } = event.requestContext.http;
  if (NEVER.includes(method)) {
    throw new Refusal(405, "method_not_allowed", `Nothing answers ${method}.`, {
      allow: "GET, HEAD, PUT, DELETE",
    });
  }
  const headers = readableHeaders(event.headers);
  const rawPath = encodePath(event.rawPath);
  if (method === "GET" || method === "HEAD") return { ...event, headers, rawPath, body: null };
  refuseDamagedText(event);
  return { ...event, headers, rawPath };
}

/**
 * Drops the headers that a Request of the web platform cannot have, such as one with an emoji: creating the Request
 * would fail, and the caller would get a 500. This API reads none with such a value.
 * https://fetch.spec.whatwg.org/#concept-header
 */
function readableHeaders(headers: HttpEvent["headers"]): HttpEvent["headers"] {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value = ""]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
    ),
  );
}

/**
 * An HTTP API decodes every escape of `rawPath` but `%25`, so a space, `?`, `#` or `\` stands there as itself and
 * would be read as something else in a URL. Decoding the rest and encoding all of it gives every name its
 * one spelling, also for a path that came in encoded.
 */
function encodePath(rawPath: string): string {
  return rawPath.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  const decoded = decodeSegment(segment);
  // A URL parser resolves these, encoded or not, and the request would reach another path.
  if (decoded === "." || decoded === "..") {
    throw new Refusal(400, "invalid_name", `"${decoded}" cannot be a document name.`);
  }
  return encodeURIComponent(decoded);
}

function decodeSegment(segment: string): string {
  try {
    const decoded = decodeURIComponent(segment);
    if (!/\p{Cs}/u.test(decoded)) return decoded;
  } catch {
    // Reported below.
  }
  throw new Refusal(
    400,
    "invalid_path",
    "The path is not percent-encoded UTF-8. Write a percent sign as %25.",
  );
}

/**
 * API Gateway hands `text/*` and JSON over as a string. Bytes that are not UTF-8 are already replaced in it, which
 * shows in the length.
 */
function refuseDamagedText({ body, headers, isBase64Encoded }: HttpEvent): void {
  const sent = headers["content-length"];
  if (isBase64Encoded || !body || sent === undefined) return;
  if (Buffer.byteLength(body) !== Number(sent)) {
    throw new Refusal(
      400,
      "invalid_text",
      "Text and JSON must be UTF-8. Send other bytes with the content type application/octet-stream.",
    );
  }
}

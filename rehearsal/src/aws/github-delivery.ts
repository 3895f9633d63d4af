import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BodyTooLarge, readBody } from "./body";

/** GitHub sends payloads of 25 MB at most. */
const BODY_LIMIT = 25 * 1024 * 1024;

/** Deliveries that are remembered, to know one that comes again. */
const DELIVERIES = 1000;

/** What GitHub has posted. */
export interface GitHubDelivery {
  /** GitHub's id of the delivery. */
  readonly id: string | undefined;
  /** Such as `push`. */
  readonly event: string | undefined;
  readonly body: Buffer;
  readonly payload: object;
}

/** A delivery that is not taken, and the HTTP status that says so. */
export class DeliveryRefused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads a delivery to its end.
 * @param isSigned gets the body and the values of `X-Hub-Signature-256` and `X-Hub-Signature`
 * @throws DeliveryRefused
 */
export async function readDelivery(
  request: IncomingMessage,
  isSigned: (body: Buffer, sha256: string | undefined, sha1: string | undefined) => boolean,
): Promise<GitHubDelivery> {
  const body = await read(request);
  if (!isSigned(body, header(request, "x-hub-signature-256"), header(request, "x-hub-signature"))) {
    throw new DeliveryRefused(403, "The signature is missing, or was not made with the webhook's secret.");
  }
  const payload = parse(body);
  if (!payload) {
    throw new DeliveryRefused(400, "The body is not a JSON object; the hook's content type must be json.");
  }
  return { id: deliveryId(request), event: header(request, "x-github-event"), body, payload };
}

/** GitHub's id of a delivery, which its headers tell before its body is read. */
export function deliveryId(request: IncomingMessage): string | undefined {
  return header(request, "x-github-delivery");
}

/** Answers a delivery. */
export function answerDelivery(response: ServerResponse, status: number, message: string): void {
  const text = JSON.stringify({ message });
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    // What is left of a body that was not read makes the connection useless.
    ...((status === 413 || status === 404) && { Connection: "close" }),
  });
  response.end(text);
}

/**
 * Whether a body was signed with a secret. Of the two signatures GitHub sends, SHA-1 counts only when the
 * other is missing.
 */
export function isSignedWith(
  secret: string,
  body: Buffer,
  sha256: string | undefined,
  sha1: string | undefined,
): boolean {
  const [algorithm, signature] = sha256 === undefined ? ["sha1", sha1] : ["sha256", sha256];
  if (signature === undefined) return false;
  const expected = Buffer.from(`${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The last deliveries of a sender. */
export class SeenDeliveries {
  private readonly seen = new Set<string>();

  /**
   * Remembers a delivery; true when it was here before. A signature covers the body alone, so a signed
   * body that comes under another id is a replay as well.
   */
  isRepeated(body: Buffer, delivery: string | undefined, isSigned: boolean): boolean {
    const marks = delivery === undefined ? [] : [delivery];
    if (isSigned) marks.push(createHash("sha256").update(body).digest("hex"));
    const isRepeated = marks.some((mark) => this.seen.has(mark));
    for (const mark of marks) this.seen.add(mark);
    for (const oldest of this.seen) {
      if (this.seen.size <= 2 * DELIVERIES) break;
      this.seen.delete(oldest);
    }
    return isRepeated;
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  try {
    return await readBody(request, BODY_LIMIT);
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new DeliveryRefused(413, error.message);
    throw new DeliveryRefused(400, "The body broke off.");
  }
}

function parse(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

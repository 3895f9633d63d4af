import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BodyTooLarge, readBody } from "./body";

/** GitHub's limit for payloads is 25 MB. */
const BODY_LIMIT = 25 * 1024 * 1024;

/** Deliveries that are remembered to detect repeated ones. */
const DELIVERIES = 1000;

/** A delivery of a GitHub webhook. */
export interface GitHubDelivery {
  /** GitHub's ID of the delivery. */
  readonly id: string | undefined;
  /** Such as `push`. */
  readonly event: string | undefined;
  readonly body: Buffer;
  readonly payload: object;
}

/** A delivery is rejected with an HTTP status. */
export class DeliveryRejected extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads a delivery and verifies its signature.
 * @param isSigned called with the body and the values of `X-Hub-Signature-256` and `X-Hub-Signature`
 * @throws DeliveryRejected
 */
export async function readDelivery(
  request: IncomingMessage,
  isSigned: (body: Buffer, sha256: string | undefined, sha1: string | undefined) => boolean,
): Promise<GitHubDelivery> {
  const body = await read(request);
  if (!isSigned(body, header(request, "x-hub-signature-256"), header(request, "x-hub-signature"))) {
    throw new DeliveryRejected(403, "The signature is missing, or was not made with the webhook's secret.");
  }
  const payload = parse(body);
  if (!payload) {
    throw new DeliveryRejected(400, "The body is not a JSON object; the hook's content type must be json.");
  }
  return { id: deliveryId(request), event: header(request, "x-github-event"), body, payload };
}

/** Returns GitHub's ID of a delivery from its headers. */
export function deliveryId(request: IncomingMessage): string | undefined {
  return header(request, "x-github-delivery");
}

/** Answers a delivery. */
export function answerDelivery(response: ServerResponse, status: number, message: string): void {
  const text = JSON.stringify({ message });
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    // The body may not have been read completely, so the connection cannot be reused.
    ...((status === 413 || status === 404) && { Connection: "close" }),
  });
  response.end(text);
}

/** Whether a body was signed with a secret. SHA-1 is verified only if the SHA-256 signature is missing. */
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

/** The most recent deliveries of a sender. */
export class SeenDeliveries {
  private readonly seen = new Set<string>();

  /**
   * Remembers a delivery, and returns whether it was received before. The signature covers only the body, so a
   * signed body with another ID is a replay too.
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
    if (error instanceof BodyTooLarge) throw new DeliveryRejected(413, error.message);
    throw new DeliveryRejected(400, "The body is incomplete.");
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

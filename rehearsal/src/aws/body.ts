import type { IncomingMessage } from "node:http";

/** The body of a request exceeds the limit. */
export class BodyTooLarge extends Error {
  constructor(readonly limit: number) {
    super(`The request's body is longer than ${limit} bytes.`);
  }
}

/**
 * Reads the body of a request.
 * @throws BodyTooLarge if it has more than `limit` bytes
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers["content-length"]) > limit) throw new BodyTooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import type { Context } from "hono";
import { ApiError } from "./api-error";

/** Maximum bytes of a request body. */
const BODY_LIMIT = 1024 * 1024;

/**
 * The JSON object a request carries. Throws an `ApiError` for anything else.
 * @param otherwise the value for an empty body, where GitHub accepts one
 */
export async function readJson(
  context: Context,
  otherwise?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const text = await read(context);
  if (text === "" && otherwise) return otherwise;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new ApiError(400, "Body should be a JSON object");
  }
  return body as Record<string, unknown>;
}

/** Reads a body to its end, because a client that is still sending would miss the response, but keeps no more than the limit. */
async function read(context: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of context.req.raw.body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length <= BODY_LIMIT) chunks.push(chunk as Uint8Array);
  }
  if (length > BODY_LIMIT) {
    throw new ApiError(413, `The body of a request may have ${BODY_LIMIT} bytes at most`);
  }
  return Buffer.concat(chunks).toString();
}

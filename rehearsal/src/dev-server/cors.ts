import type { IncomingMessage, ServerResponse } from "node:http";

/** As in stacks/constructs/http-api.ts. */
const METHODS = "GET,HEAD,PUT,DELETE";
const MAX_AGE = "3600";

export interface Cors {
  /** The allowed origins. Without any, CORS is not configured. */
  readonly origins: readonly string[];
  /** The allowed headers. */
  readonly headers: readonly string[];
}

/**
 * Adds CORS headers and answers preflight requests as API Gateway does.
 *
 * @returns whether the request was answered
 */
export function answerCors(
  request: IncomingMessage,
  response: ServerResponse,
  { origins, headers }: Cors,
): boolean {
  const { origin } = request.headers;
  if (origin === undefined || origins.length === 0) return false;
  const isAllowed = origins.includes("*") || origins.includes(origin);
  if (isAllowed) response.setHeader("access-control-allow-origin", origins.includes("*") ? "*" : origin);
  if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return false;
  if (isAllowed) {
    response.setHeader("access-control-allow-methods", METHODS);
    response.setHeader("access-control-allow-headers", headers.join(","));
    response.setHeader("access-control-max-age", MAX_AGE);
  }
  response.writeHead(204).end();
  return true;
}

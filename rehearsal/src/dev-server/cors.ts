import type { IncomingMessage, ServerResponse } from "node:http";

/** As in stacks/constructs/http-api.ts. */
const METHODS = "GET,HEAD,PUT,DELETE";
const HEADERS = "content-type";
const MAX_AGE = "3600";

/**
 * Adds CORS headers and answers preflight requests as API Gateway does.
 *
 * @param origins the allowed origins; without any, CORS is not configured
 * @returns whether the request was answered
 */
export function answerCors(
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  const { origin } = request.headers;
  if (origin === undefined || origins.length === 0) return false;
  const isAllowed = origins.includes("*") || origins.includes(origin);
  if (isAllowed) response.setHeader("access-control-allow-origin", origins.includes("*") ? "*" : origin);
  if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return false;
  if (isAllowed) {
    response.setHeader("access-control-allow-methods", METHODS);
    response.setHeader("access-control-allow-headers", HEADERS);
    response.setHeader("access-control-max-age", MAX_AGE);
  }
  response.writeHead(204).end();
  return true;
}

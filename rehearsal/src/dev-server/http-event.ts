import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** Content types that API Gateway passes as text; all others are base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b)/i;

/** The route of a request, and what its authorizer says about its caller. */
interface Authorized {
  readonly routeKey: string;
  readonly authorizer?: object;
}

/** Returns the event (payload format 2.0) of an HTTP API. */
export function httpEvent(
  request: IncomingMessage,
  body: Buffer,
  { routeKey, authorizer }: Authorized = { routeKey: "$default" },
): APIGatewayProxyEventV2 {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const rawQueryString = query.join("?");
  const { cookie, ...rest } = request.headers;
  const headers: Record<string, string> = {
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    // Whole by now, also where it came in chunks.
    ...(body.length > 0 && { "content-length": String(body.length) }),
  };
  const isText = TEXT.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined;
  const now = new Date();
  return {
    version: "2.0",
    routeKey,
    rawPath: rawPath(path),
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split("; ") }),
    headers,
    ...(rawQueryString !== "" && { queryStringParameters: joined(new URLSearchParams(rawQueryString)) }),
    requestContext: {
      accountId: "111122223333",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: {
        method: request.method ?? "GET",
        path: rawPath(path),
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey,
      ...(authorizer && { authorizer }),
      stage: "$default",
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** API Gateway decodes every escape of a path but `%25`. */
function rawPath(path: string): string {
  return path.split("%25").map(decoded).join("%25");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not UTF-8: the function refuses it.
    return text;
  }
}

/** Joins values of the same name with commas, as API Gateway does. */
function joined(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name).join(",")]));
}

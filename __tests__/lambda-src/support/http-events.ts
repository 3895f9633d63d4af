import type { HttpEvent } from "../../../lambda-src/api/http-event";

/**
 * The path of a request as an HTTP API gives it to a function: every escape but "%25" decoded.
 */
export function asRawPath(path: string): string {
  return path
    .split("%25")
    .map((part) => decodeURIComponent(part))
    .join("%25");
}

/** The event API Gateway makes of a request to an HTTP API. `path` is as the client sent it, without a query. */
export function httpEvent(method: string, path: string, options: Partial<HttpEvent> = {}): HttpEvent {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: asRawPath(path),
    rawQueryString: "",
    headers: {},
    body: null,
    isBase64Encoded: false,
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      authentication: null,
      authorizer: {},
      domainName: "api.execute-api.eu-west-1.amazonaws.com",
      domainPrefix: "api",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "gateway-request",
      routeKey: "$default",
      stage: "$default",
      time: "01/May/2024:12:00:00 +0000",
      timeEpoch: 0,
    },
    ...options,
  };
}

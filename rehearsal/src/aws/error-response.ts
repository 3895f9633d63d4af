import type { IncomingMessage, ServerResponse } from "node:http";
import type { Refusal } from "../request-guard";

const CODES: Readonly<Record<number, string>> = { 403: "AccessDenied", 503: "ServiceUnavailable" };

/** Whether a request is for an HTTP API, whose CORS configuration decides which origins it answers. */
export function isForApi({ url = "", headers }: IncomingMessage): boolean {
  return (
    url.startsWith("/_aws/execute-api/") || /^[a-z0-9]+\.execute-api\.localhost:/i.test(headers.host ?? "")
  );
}

/** Sends an error in the client's protocol: JSON, Query or S3. */
export function sendAwsError(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: Refusal,
): void {
  const [type, body] = errorBody(request, CODES[status] ?? "InternalFailure", message);
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

function errorBody(
  { headers }: IncomingMessage,
  code: string,
  message: string,
): [type: string, body: string] {
  const type = headers["content-type"] ?? "";
  if (type.includes("json")) return ["application/json", JSON.stringify({ __type: code, message })];
  const error = `<Error><Code>${code}</Code><Message>${escape(message)}</Message></Error>`;
  const isQuery = type.startsWith("application/x-www-form-urlencoded");
  return ["application/xml", isQuery ? `<ErrorResponse>${error}</ErrorResponse>` : error];
}

/** A message can quote the client's input. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

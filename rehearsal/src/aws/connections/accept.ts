import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { AwsError } from "../aws-error";
import { readBody } from "../body";
import type { Connections } from "./connections";

/** The path for accepting a connection. In AWS, you accept it in the console; there is no operation for it. */
const PATH = "/_rehearsal/connections/accept";

/** More than an ARN needs. */
const BODY_LIMIT = 4096;

const body = z.object({ ConnectionArn: z.string() });

/** Whether a request is for accepting a connection. */
export function isForAccepting({ method, url }: IncomingMessage): boolean {
  return method === "POST" && url === PATH;
}

/**
 * Accepts the pending connection in a body `{"ConnectionArn": "…"}`, and answers `{"Connection": {…}}`. Never throws.
 */
export async function acceptConnection(
  connections: Connections,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // A browser sends this content type to another origin only if CORS allows it.
    if (!request.headers["content-type"]?.startsWith("application/json")) {
      throw new AwsError("ValidationException", "The Content-Type must be application/json", 415);
    }
    const { data } = body.safeParse(parse(await readBody(request, BODY_LIMIT)));
    if (!data) throw new AwsError("ValidationException", 'The body must be {"ConnectionArn": "…"}');
    answer(response, 200, { Connection: connections.accept(data.ConnectionArn) });
  } catch (error) {
    const { name, message } = error as Error;
    answer(response, error instanceof AwsError ? error.statusCode : 400, { __type: name, message });
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    // The body may not have been read completely.
    ...(status !== 200 && { Connection: "close" }),
  });
  response.end(text);
}

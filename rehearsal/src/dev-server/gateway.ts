import type { IncomingMessage, ServerResponse } from "node:http";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { LocalServer } from "../local-server";
import type { Refusal } from "../request-guard";
import type { SessionLog } from "../session-log";
import type { Authorize } from "./authorization";
import { answerCors, type Cors } from "./cors";
import { httpEvent } from "./http-event";

/** Maximum bytes of a request to API Gateway. */
const MAX_REQUEST = 10 * 1024 * 1024;

/** Maximum bytes of an event and of a result, as JSON. */
const MAX_EVENT = 6 * 1024 * 1024;

/** Bytes that all headers of a request may have. */
const MAX_HEADERS = 10_240;

export interface Gateway {
  readonly port: number;
  stop(): Promise<void>;
}

/** Calls a function with an event and returns its result as JSON. */
export type Invoke = (event: unknown) => Promise<string | undefined>;

export interface GatewayOptions {
  /** What CORS allows; default: nothing. */
  readonly cors?: Cors;
  /** Decides on each request; default: all are allowed. */
  readonly authorize?: Authorize;
}

/**
 * Passes HTTP requests on 127.0.0.1 to a function, as an HTTP API does.
 *
 * @param log where it reports its errors
 * @throws when the port is taken
 */
export async function startGateway(
  port: number,
  invoke: Invoke,
  log: SessionLog,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const server = await listen(port, log, options.cors?.origins ?? []);
  server.answerWith((request, response) => {
    const from = performance.now();
    response.once("finish", () => {
      const took = Math.round(performance.now() - from);
      console.log(`${request.method} ${request.url} ${response.statusCode} ${took} ms`);
    });
    return answer(request, response, invoke, options);
  });
  return { port: server.port, stop: () => server.close() };
}

async function listen(port: number, log: SessionLog, corsOrigins: readonly string[]): Promise<LocalServer> {
  const options = {
    port,
    log,
    maxHeaderSize: MAX_HEADERS,
    allows: (origin: string) => corsOrigins.includes("*") || corsOrigins.includes(origin),
    refuse: (_: IncomingMessage, response: ServerResponse, { status, message }: Refusal) => {
      // The error is for the developer's terminal, not for the client.
      if (status === 500) console.error(message);
      refuse(response, status, status === 500 ? "Internal Server Error" : message);
    },
  };
  return LocalServer.listen(options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} is in use. Choose another: npm run dev -- --port ${port + 1}`);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  invoke: Invoke,
  { cors, authorize }: GatewayOptions,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) return refuse(response, 413, "Request Entity Too Large");
  const decision = await authorize?.(request, body);
  if (decision?.refusal) {
    const { status, headers, body: text } = decision.refusal;
    response.writeHead(status, headers).end(text);
    return;
  }
  if (cors && answerCors(request, response, cors)) return;
  const event = httpEvent(request, body, decision);
  if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT) {
    return refuse(response, 413, "Request Entity Too Large");
  }
  const result = await call(invoke, event);
  if (result === undefined) return refuse(response, 500, "Internal Server Error");
  if (Buffer.byteLength(result) > MAX_EVENT) {
    throw new Error(`An answer can have ${MAX_EVENT} bytes as JSON; this one has ${result.length}.`);
  }
  send(response, JSON.parse(result) as unknown);
}

/** Returns the function's result as JSON; undefined if it failed, with the error in the terminal. */
async function call(invoke: Invoke, event: unknown): Promise<string | undefined> {
  try {
    return (await invoke(event)) ?? "null";
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

/** Returns the body, or undefined if it exceeds API Gateway's limit. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST) chunks.push(chunk);
  }
  return size > MAX_REQUEST ? undefined : Buffer.concat(chunks);
}

/** Answers as API Gateway itself does, whose body differs from the API's. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

/** Sends a result; one without a status is the body of a JSON response. */
function send(response: ServerResponse, result: unknown): void {
  const { statusCode, headers, cookies, body, isBase64Encoded } = isAnswer(result)
    ? result
    : { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(result) };
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, String(value));
  if (cookies !== undefined) response.setHeader("set-cookie", cookies);
  const content = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
  if (statusCode !== 204) response.setHeader("content-length", content.length);
  response.writeHead(statusCode).end(content);
}

function isAnswer(result: unknown): result is APIGatewayProxyStructuredResultV2 & { statusCode: number } {
  return typeof result === "object" && result !== null && "statusCode" in result;
}

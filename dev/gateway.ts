import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { answerCors } from "./cors";
import { httpEvent } from "./http-event";

/** Bytes of a request that API Gateway takes. */
const MAX_REQUEST = 10 * 1024 * 1024;

/** Bytes that Lambda takes as an event, and as a result, in JSON. */
const MAX_EVENT = 6 * 1024 * 1024;

/** Bytes that all headers of a request may have. */
const MAX_HEADERS = 10_240;

export interface Gateway {
  readonly port: number;
  stop(): Promise<void>;
}

/** Calls a function with an event and resolves to its result as JSON. */
export type Invoke = (event: unknown) => Promise<string | undefined>;

/**
 * Answers HTTP on 127.0.0.1 with a function, as an HTTP API of API Gateway does that hands every request to it.
 *
 * @param corsOrigins whose pages may call it in a browser
 * @throws when the port is taken
 */
export async function startGateway(
  port: number,
  invoke: Invoke,
  corsOrigins: readonly string[] = [],
): Promise<Gateway> {
  const server = createServer({ maxHeaderSize: MAX_HEADERS }, (request, response) => {
    const from = performance.now();
    response.once("finish", () => {
      const took = Math.round(performance.now() - from);
      console.log(`${request.method} ${request.url} ${response.statusCode} ${took} ms`);
    });
    if (!answerCors(request, response, corsOrigins)) void answer(request, response, invoke);
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      fail(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is taken. Choose another: npm run dev -- --port ${port + 1}`)
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", done);
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, invoke: Invoke): Promise<void> {
  try {
    const body = await bodyOf(request);
    if (body === undefined) return refuse(response, 413, "Request Entity Too Large");
    const event = httpEvent(request, body);
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT) {
      return refuse(response, 413, "Request Entity Too Large");
    }
    const result = (await invoke(event)) ?? "null";
    if (Buffer.byteLength(result) > MAX_EVENT) {
      throw new Error(`An answer can have ${MAX_EVENT} bytes as JSON; this one has ${result.length}.`);
    }
    send(response, JSON.parse(result) as unknown);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    refuse(response, 500, "Internal Server Error");
  }
}

/** The whole body, or undefined when it is larger than API Gateway takes. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST) chunks.push(chunk);
  }
  return size > MAX_REQUEST ? undefined : Buffer.concat(chunks);
}

/** What API Gateway itself answers, whose body is other than the API's. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

/** A result without a status is the content of a JSON answer. */
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

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refusalOf, type Refusal } from "./request-guard";
import type { SessionLog } from "./session-log";

/** Answers a request. Errors become a 500 of the server. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface LocalServerOptions {
  readonly log: SessionLog;
  /** Answers with an error in the server's own format. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse, refusal: Refusal) => unknown;
  /** The origins that are allowed besides the server's own; default: none. */
  readonly allows?: (origin: string, request: IncomingMessage) => boolean;
  /** The port to listen on; default: a free one. */
  readonly port?: number;
  /** Maximum bytes of all headers of a request. */
  readonly maxHeaderSize?: number;
}

/**
 * Milliseconds that a connection can be idle. With Node.js's default of five seconds, a client that sends its next
 * request while the server closes the connection gets ECONNRESET.
 */
const KEEP_ALIVE = 75_000;

/**
 * An HTTP server on 127.0.0.1 that no request can terminate, used for all servers of a rehearsal and of `npm run dev`.
 * It refuses requests of other sites (request-guard.ts). An error of its handler becomes a 500 and an entry with the
 * stack in the session's log.
 */
export class LocalServer {
  readonly url: string;
  readonly port: number;
  private handler: Handler | undefined;

  private constructor(
    private readonly server: Server,
    private readonly options: LocalServerOptions,
  ) {
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
    server.on("request", (request, response) =>
      options.log.watch("Answering a request", this.answer(request, response)),
    );
  }

  /** Starts to listen. @throws when the port is in use */
  static async listen(options: LocalServerOptions): Promise<LocalServer> {
    const server = createServer({ maxHeaderSize: options.maxHeaderSize, keepAliveTimeout: KEEP_ALIVE });
    server.listen(options.port ?? 0, "127.0.0.1");
    await once(server, "listening");
    return new LocalServer(server, options);
  }

  /** Sets the handler; until then requests get a 503. */
  answerWith(handler: Handler): void {
    this.handler = handler;
  }

  /** Stops listening, and closes open connections after `grace` milliseconds. */
  async close(grace = 0): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    if (grace === 0) this.server.closeAllConnections();
    else setTimeout(() => this.server.closeAllConnections(), grace);
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, allows, refuse } = this.options;
    // A client that disconnects is not a server error; without a listener it would terminate the process.
    request.on("error", () => undefined);
    response.on("error", (error) => log.error(`The answer to ${nameOf(request)}`, error));
    try {
      const refusal = refusalOf(request, (origin) => allows?.(origin, request) ?? false);
      if (refusal) refuse(request, response, refusal);
      else if (!this.handler) refuse(request, response, { status: 503, message: "Still starting." });
      else await this.handler(request, response);
    } catch (error) {
      this.fail(request, response, error);
    }
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { log, refuse } = this.options;
    const isGone = request.destroyed && !request.complete;
    if (!isGone) log.error(`${nameOf(request)} was not answered`, error);
    if (isGone || response.headersSent) response.destroy();
    else {
      // Headers of the failed response do not apply.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      const message = `The server failed to answer; ${log.file} has the details.`;
      refuse(request, response, { status: 500, message });
    }
  }
}

/** Describes a request without its query, which can contain a signature. */
function nameOf({ method, url = "" }: IncomingMessage): string {
  return `${method} ${url.split("?")[0]}`.slice(0, 200);
}

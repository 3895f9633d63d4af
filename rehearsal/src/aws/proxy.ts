import { Agent, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import { sendAwsError } from "./error-response";

/** Hop-by-hop headers. `Expect` is one of them here, because this server has answered it; no AWS client signs it. */
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "proxy-connection", "expect"]);

/** Milliseconds before an idle connection is closed: less than the emulator's 75 s, which could cut off a request. */
export const IDLE_TIMEOUT = 30_000;

/** Forwards requests to the emulator unchanged, so that their signatures remain valid. */
export class Proxy {
  private readonly agent = new Agent({ keepAlive: true, timeout: IDLE_TIMEOUT });
  private readonly emulator: URL;

  /**
   * @param emulator base URL of the emulator
   * @param emulatorLog path of its log, for the message when it does not answer
   */
  constructor(
    emulator: string,
    private readonly emulatorLog: string,
  ) {
    this.emulator = new URL(emulator);
  }

  /** Streams a request to the emulator, and its response back. */
  forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return new Promise((done, fail) => {
      const upstream = send({
        host: this.emulator.hostname,
        port: this.emulator.port,
        method: request.method,
        // The raw path: a normalized one would not match the signature.
        path: request.url,
        headers: withoutConnectionHeaders(request.rawHeaders),
        agent: this.agent,
      });
      upstream.on("response", (answer) => {
        try {
          response.writeHead(answer.statusCode!, withoutConnectionHeaders(answer.rawHeaders));
        } catch (error) {
          // An exception in this listener would terminate the process.
          fail(error instanceof Error ? error : new Error(String(error)));
          answer.destroy();
          return;
        }
        // An incomplete response must not look complete. stream.pipeline ensures that too, but creates an
        // AbortController and an error for each request, which takes a third of the time of forwarding it.
        answer.on("error", () => response.destroy());
        answer.pipe(response);
      });
      upstream.on("error", (error: NodeJS.ErrnoException) => this.sendUnavailable(request, response, error));
      response.on("close", () => {
        upstream.destroy();
        done();
      });
      request.pipe(upstream);
    });
  }

  stop(): void {
    this.agent.destroy();
  }

  private sendUnavailable(
    request: IncomingMessage,
    response: ServerResponse,
    error: NodeJS.ErrnoException,
  ): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const message = `The emulator does not answer (${error.code ?? error.message}); see ${this.emulatorLog}.`;
    // The body may not have been read completely.
    response.setHeader("Connection", "close");
    sendAwsError(request, response, { status: 503, message });
  }
}

/** Raw headers are a flat list of names and values, with the case and the repetitions of the request. */
function withoutConnectionHeaders(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !CONNECTION_HEADERS.has(raw[index - (index % 2)]!.toLowerCase()));
}

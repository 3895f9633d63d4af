import { Agent, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import { refuseAsAws } from "./refuse";

/**
 * Headers that belong to one connection, not to the request. `Expect` is among them because it was
 * answered when the body was accepted here; no AWS client signs it.
 */
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "proxy-connection", "expect"]);

/**
 * Milliseconds an idle connection is kept: less than the 75 s after which the emulator closes it, also when
 * a request is on its way at that moment.
 */
export const IDLE = 30_000;

/** Passes requests on to the emulator as they are, so that their signatures still verify. */
export class Proxy {
  private readonly agent = new Agent({ keepAlive: true, timeout: IDLE });
  private readonly emulator: URL;

  /**
   * @param emulator base URL of the emulator
   * @param emulatorLog the path of its log, for the message when it does not answer
   */
  constructor(
    emulator: string,
    private readonly emulatorLog: string,
  ) {
    this.emulator = new URL(emulator);
  }

  /** Streams one request to the emulator and its answer back. @throws what goes wrong in between */
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
          // Thrown from here it would end the process.
          fail(error instanceof Error ? error : new Error(String(error)));
          answer.destroy();
          return;
        }
        // An answer that breaks off must not look complete. stream.pipeline would see to that too, but makes an
        // AbortController and an error for each request, a third of what passing it on takes.
        answer.on("error", () => response.destroy());
        answer.pipe(response);
      });
      upstream.on("error", (error: NodeJS.ErrnoException) => this.refuse(request, response, error));
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

  private refuse(request: IncomingMessage, response: ServerResponse, error: NodeJS.ErrnoException): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const message = `The emulator does not answer (${error.code ?? error.message}); see ${this.emulatorLog}.`;
    // The request's body may not have been read to its end.
    response.setHeader("Connection", "close");
    refuseAsAws(request, response, { status: 503, message });
  }
}

/** Raw headers are a flat list: name, value, name, value. Names keep their case and repeated ones stay apart. */
function withoutConnectionHeaders(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !CONNECTION_HEADERS.has(raw[index - (index % 2)]!.toLowerCase()));
}

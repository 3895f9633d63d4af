import type { ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { end, start } from "../processes";
import type { SessionLog } from "../session-log";
import { isAuthorized } from "./authentication";
import { git, gitEnvironment } from "./git";
import type { RefUpdates } from "./ref-updates";
import type { Repository } from "./repository";

const SERVICE = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Bytes of a CGI answer's head, and of the error output that is kept. */
const HEAD_LIMIT = 64 * 1024;
const STDERR_LIMIT = 4 * 1024;

/**
 * Serves the repository over HTTP with `git http-backend`. Both directions are streamed, so a push can have any size.
 */
export class GitHttp {
  private stopping = false;
  private readonly running = new Set<ChildProcess>();

  /** `program` is what `findBackend` found. */
  constructor(
    private readonly program: string,
    private readonly repository: Repository,
    private readonly token: () => string,
    private readonly updates: RefUpdates,
    private readonly log: SessionLog,
  ) {}

  /** Returns whether a request is one of the smart protocol, for any owner and repository. */
  static isGit(request: IncomingMessage): boolean {
    return SERVICE.test(pathOf(request));
  }

  /** Answers a git request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.answer(request, response);
    } catch (error) {
      // A client that disconnects stops git too.
      if (!request.destroyed || request.complete) this.log.error(`git over HTTP: ${pathOf(request)}`, error);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, error instanceof Error ? error.message : String(error));
    }
  }

  /** Stops running requests. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.running].map((child) => end(child)));
    await this.updates.idle();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, owner = "", name = "", service = ""] = SERVICE.exec(pathOf(request)) ?? [];
    if (!isAuthorized(request.headers.authorization, this.token())) {
      response.setHeader("WWW-Authenticate", 'Basic realm="GitHub"');
      return refuse(response, 401, "Invalid username or token.");
    }
    if (!this.repository.is(owner, name)) return refuse(response, 404, "Repository not found.");
    if (service === "info/refs" && !/[?&]service=git-(upload|receive)-pack\b/.test(request.url ?? "")) {
      return refuse(response, 403, "Please upgrade your git client: only the smart protocol is served.");
    }
    if (service === "git-receive-pack") await this.push(request, response);
    else await this.run(service, request, response);
  }

  private push(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A push whose client disconnected can have changed refs, so it is announced too.
    return this.updates.run(async () => {
      if (response.closed || this.stopping) return;
      await this.run("git-receive-pack", request, response);
    });
  }

  private async run(service: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const child = start(this.program, [], {
      env: { ...gitEnvironment(), ...this.cgi(service, request) },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) throw new Error("git http-backend was started without its pipes.");
    this.running.add(child);
    const gone = () => {
      if (!response.writableFinished) this.log.watch("git http-backend", end(child));
    };
    response.once("close", gone);
    const exited = new Promise((done) => child.once("close", done));
    const complaint = tail(stderr);
    try {
      feed(request, stdin);
      await relay(stdout, response);
      await exited;
    } catch (error) {
      await end(child);
      throw new Error(`git http-backend failed: ${complaint() || String(error)}`, { cause: error });
    } finally {
      response.off("close", gone);
      this.running.delete(child);
    }
  }

  private cgi(service: string, request: IncomingMessage): Record<string, string> {
    const { headers, method = "GET", url = "" } = request;
    const fromHeaders = {
      CONTENT_TYPE: headers["content-type"],
      // Left out for a chunked body: http-backend then reads to its end.
      CONTENT_LENGTH: headers["content-length"],
      HTTP_CONTENT_ENCODING: headers["content-encoding"],
      GIT_PROTOCOL: headers["git-protocol"]?.toString(),
    };
    return {
      GIT_PROJECT_ROOT: this.repository.folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${this.repository.fullName}.git/${service}`,
      REQUEST_METHOD: method,
      QUERY_STRING: url.split("?")[1] ?? "",
      REMOTE_USER: this.repository.owner,
      REMOTE_ADDR: "127.0.0.1",
      ...Object.fromEntries(
        Object.entries(fromHeaders).filter((pair): pair is [string, string] => !!pair[1]),
      ),
    };
  }
}

/** Returns the path of `git http-backend`. Rejects if it is not installed. */
export async function findBackend(): Promise<string> {
  const program = path.join((await git(["--exec-path"])).trim(), "git-http-backend");
  try {
    await access(program, constants.X_OK);
  } catch {
    // Some distributions put it into a package of its own.
    throw new Error(
      `This machine's git cannot serve HTTP: there is no ${program}. Install the package that holds git-http-backend ("git-daemon" on Alpine, "git" elsewhere).`,
    );
  }
  return program;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function refuse(response: ServerResponse, status: number, message: string): void {
  // The body of a refused push is not read, so the connection cannot serve another request.
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${message}\n`);
}

/** Passes the request's body on. http-backend may answer without reading all of it; the rest is dropped then. */
function feed(request: IncomingMessage, stdin: Writable): void {
  stdin.on("error", () => {
    request.unpipe(stdin);
    request.resume();
  });
  request.pipe(stdin);
}

/** Turns a CGI answer into an HTTP answer. */
async function relay(stdout: Readable, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  let end = -1;
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, chunk as Buffer]);
    end = head.indexOf("\r\n\r\n");
    if (end >= 0 || head.length > HEAD_LIMIT) break;
  }
  if (end < 0) throw new Error("it ended without an answer");

  let status = 200;
  for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (name) response.setHeader(name, value);
  }
  response.writeHead(status);
  response.write(head.subarray(end + 4));
  await pipeline(stdout, response);
}

/** Keeps the end of a stream. */
function tail(stream: Readable): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => (text = (text + chunk.toString()).slice(-STDERR_LIMIT)));
  return () => text.trim();
}

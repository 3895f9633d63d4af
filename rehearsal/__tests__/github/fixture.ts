import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startGitHub, type Delivery, type GitHub } from "../../src/github/server";
import { SessionLog } from "../../src/session-log";
import { eventually } from "../support/eventually";

export const TOKEN = "ghp_theTokenOfThisTest";

const execute = promisify(execFile);

const environment = {
  PATH: process.env.PATH,
  GIT_TERMINAL_PROMPT: "0",
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

/** A running GitHub with the repository `acme/api`, and a clone that pushes to it. */
export class Fixture {
  private constructor(
    readonly folder: string,
    readonly gitHub: GitHub,
  ) {}

  static async start(): Promise<Fixture> {
    const folder = await mkdtemp(path.join(tmpdir(), "github-"));
    const log = new SessionLog(folder);
    const options = { folder: path.join(folder, "hub"), owner: "acme", repository: "api", token: TOKEN, log };
    const fixture = new Fixture(folder, await startGitHub(options));
    await execute("git", ["init", "--quiet", "--initial-branch=main", fixture.clone], { env: environment });
    await fixture.git("remote", "add", "origin", fixture.remote());
    return fixture;
  }

  async stop(): Promise<void> {
    await this.gitHub.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get clone(): string {
    return path.join(this.folder, "clone");
  }

  /** The repository's address with credentials in it. */
  remote(user = "x-access-token", password = TOKEN): string {
    return this.gitHub.gitUrl.replace("http://", `http://${user}:${password}@`);
  }

  /** Runs git in the clone; rejects with what git said when it fails. */
  async git(...args: string[]): Promise<string> {
    const { stdout } = await execute("git", ["-C", this.clone, ...args], { env: environment });
    return stdout.trim();
  }

  /** Opens pull request 1, of the branch `feature` with one commit. */
  async openPullRequest(): Promise<void> {
    await this.commit("a", "1", "One");
    await this.git("push", "--quiet", "origin", "main");
    await this.commit("a", "2", "Two");
    await this.git("push", "--quiet", "origin", "main:feature");
    await this.rest("POST", "/repos/acme/api/pulls", { title: "Two", head: "feature", base: "main" });
  }

  /** Writes a file and commits it. Returns the commit. */
  async commit(file: string, content: string | Buffer, message: string): Promise<string> {
    await writeFile(path.join(this.clone, file), content);
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  /** A REST call with the right token. */
  rest(method: string, route: string, body?: unknown): Promise<Response> {
    return fetch(`${this.gitHub.api}api/v3${route}`, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Creates a hook and waits until its ping is through. Returns the hook as GitHub shows it. */
  async hook(body: Record<string, unknown>): Promise<{ id: number }> {
    const answer = await this.rest("POST", "/repos/acme/api/hooks", body);
    if (answer.status !== 201) throw new Error(await answer.text());
    const hook = (await answer.json()) as { id: number };
    await eventually("the ping is delivered", () =>
      this.deliveries("ping").some((delivery) => delivery.hook_id === hook.id),
    );
    return hook;
  }

  deliveries(event: string): Delivery[] {
    return this.gitHub.deliveries().filter((delivery) => delivery.event === event);
  }

  /** Waits for a number of push events and returns their payloads. */
  async pushes(count: number): Promise<PushPayload[]> {
    await eventually(`${count} push events are delivered`, () => this.deliveries("push").length >= count);
    return this.deliveries("push").map((delivery) => delivery.request.payload as unknown as PushPayload);
  }
}

export interface PushPayload {
  ref: string;
  before: string;
  after: string;
  created: boolean;
  deleted: boolean;
  forced: boolean;
  commits: { id: string; message: string; added: string[]; modified: string[]; removed: string[] }[];
  head_commit: { id: string; message: string; author: { name: string; email: string } } | null;
  repository: { full_name: string; default_branch: string; owner: { login: string } };
}

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** What stands at the other end of a webhook: keeps what it gets and answers with `status`. */
export class Receiver {
  readonly received: Received[] = [];
  status = 200;
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(this.status, { Location: "/elsewhere" }).end("noted");
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhook`;
  }

  of(event: string): Received[] {
    return this.received.filter(({ headers }) => headers["x-github-event"] === event);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

import { createHash } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { prove } from "../src/smoke-test";
import { serve } from "../../__tests__/support/http";

/** The service's API, right in all but what a test changes. */
class Api {
  health: unknown = { status: "ok", environment: "prod", commit: "c0ffee" };
  metadata = (content: Buffer): unknown => ({
    sha256: createHash("sha256").update(content).digest("hex"),
    size: content.length,
  });
  /** How often the metadata is asked for in vain. */
  notYet = 2;
  putStatus = 200;
  readonly documents = new Map<string, Buffer>();
  readonly deleted: string[] = [];

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    const [, first, id = "", last] = request.url!.split("/");
    if (first === "health") return void reply(200, this.health);
    if (request.method === "PUT") {
      this.documents.set(id, await buffer(request));
      return void reply(this.putStatus, { id });
    }
    if (request.method === "DELETE") {
      this.deleted.push(id);
      return void response.writeHead(204).end();
    }
    if (last === "metadata" && this.notYet-- <= 0)
      return void reply(200, this.metadata(this.documents.get(id)!));
    return void reply(404, { message: "not processed yet" });
  }
}

let api: Api;
let url: string;
let server: Server;

beforeEach(async () => {
  api = new Api();
  ({ url, server } = await serve((request, response) => void api.answer(request, response)));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

it("an API that runs the commit and processes a document is proven, and is left as it was", async () => {
  const proof = await prove(url, "prod", "c0ffee");
  const [[document, content]] = [...api.documents] as [[string, Buffer]];
  expect(proof).toEqual({
    commit: "c0ffee",
    document,
    sha256: createHash("sha256").update(content).digest("hex"),
  });
  expect(api.deleted).toEqual([document]);
});

it("two proofs put two documents", async () => {
  await prove(url, "prod", "c0ffee");
  await prove(url, "prod", "c0ffee");
  expect(api.documents.size).toBe(2);
});

it.each([
  ["another commit", { status: "ok", environment: "prod", commit: "decaf" }, "decaf"],
  ["another environment", { status: "ok", environment: "dev", commit: "c0ffee" }, "dev"],
  ["ill health", { status: "degraded", environment: "prod", commit: "c0ffee" }, "degraded"],
])(
  "%s is no proof: the error names what should be and what is, and nothing is put",
  async (_, health, seen) => {
    api.health = health;
    const error = await prove(url, "prod", "c0ffee").catch((error: Error) => error.message);
    expect(error).toContain("commit c0ffee");
    expect(error).toContain(`"${seen}"`);
    expect(api.documents.size).toBe(0);
  },
);

it("a document that is never processed ends with what was asked and the last answer", async () => {
  api.notYet = Infinity;
  const proof = prove(url, "prod", "c0ffee", 400);
  await expect(proof).rejects.toThrow(/\/documents\/rehearsal-\w+ was not processed: .*not processed yet/);
});

it("metadata of another content is no proof", async () => {
  api.metadata = (content) => ({ sha256: "0".repeat(64), size: content.length });
  await expect(prove(url, "prod", "c0ffee")).rejects.toThrow(/metadata of rehearsal-\w+ is wrong/);
});

it("an API that refuses the document is quoted with its status", async () => {
  api.putStatus = 503;
  await expect(prove(url, "prod", "c0ffee")).rejects.toThrow(/\/documents\/rehearsal-\w+ answered 503/);
});

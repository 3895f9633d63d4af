import { createHash } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { smokeTest } from "../src/smoke-test";
import { serve } from "../../__tests__/support/http";

/** The service's API, healthy but for what a test changes. */
class Api {
  health: unknown = { status: "ok", environment: "prod", commit: "c0ffee" };
  metadata = (content: Buffer): unknown => ({
    sha256: createHash("sha256").update(content).digest("hex"),
    size: content.length,
  });
  /** How many requests for the metadata get 404 before it exists. */
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

describe("the smoke test", () => {
  it("passes if the API runs the commit and processes a document, which it then deletes", async () => {
    const result = await smokeTest(url, "prod", "c0ffee");
    const [[document, content]] = [...api.documents] as [[string, Buffer]];
    expect(result).toEqual({
      commit: "c0ffee",
      document,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
    expect(api.deleted).toEqual([document]);
  });

  it("uploads another document each time", async () => {
    await smokeTest(url, "prod", "c0ffee");
    await smokeTest(url, "prod", "c0ffee");
    expect(api.documents.size).toBe(2);
  });

  it.each([
    ["another commit", { status: "ok", environment: "prod", commit: "decaf" }, "decaf"],
    ["another environment", { status: "ok", environment: "dev", commit: "c0ffee" }, "dev"],
    ["a degraded service", { status: "degraded", environment: "prod", commit: "c0ffee" }, "degraded"],
  ])("fails for %s with what was expected and what came, and uploads nothing", async (_, health, seen) => {
    api.health = health;
    const error = await smokeTest(url, "prod", "c0ffee").catch((error: Error) => error.message);
    expect(error).toContain("commit c0ffee");
    expect(error).toContain(`"${seen}"`);
    expect(api.documents.size).toBe(0);
  });

  it("fails with the URL and the last answer if a document is not processed", async () => {
    api.notYet = Infinity;
    const result = smokeTest(url, "prod", "c0ffee", 400);
    await expect(result).rejects.toThrow(/\/documents\/rehearsal-\w+ was not processed: .*not processed yet/);
  });

  it("fails if the metadata is that of another content", async () => {
    api.metadata = (content) => ({ sha256: "0".repeat(64), size: content.length });
    await expect(smokeTest(url, "prod", "c0ffee")).rejects.toThrow(/metadata of rehearsal-\w+ is wrong/);
  });

  it("fails with the status of an API that refuses the document", async () => {
    api.putStatus = 503;
    await expect(smokeTest(url, "prod", "c0ffee")).rejects.toThrow(/\/documents\/rehearsal-\w+ answered 503/);
  });
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import fc from "fast-check";
import { startGateway, type Gateway, type Invoke } from "../../src/dev-server/gateway";
import { SessionLog } from "../../src/session-log";
import { httpEvent } from "../../../__tests__/lambda-src/support/http-events";

let folder: string;
let log: SessionLog;
let gateway: Gateway;
let url: string;
let event: APIGatewayProxyEventV2;
let invoke: Invoke;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  log = new SessionLog(folder);
  const remember: Invoke = (given) => {
    event = given as APIGatewayProxyEventV2;
    return invoke(given);
  };
  gateway = await startGateway(0, remember, log);
  url = `http://127.0.0.1:${gateway.port}`;
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  jest.spyOn(console, "error").mockImplementation(() => undefined);
  invoke = () => Promise.resolve('{"statusCode":200}');
});
afterEach(() => jest.restoreAllMocks());

const answers = (result: unknown) => (invoke = () => Promise.resolve(JSON.stringify(result)));

describe("the local gateway", () => {
  it("decodes the path as API Gateway does, and leaves the query encoded", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (name) => {
        const path = `/documents/${encodeURIComponent(name)}`;
        // What a client makes of them itself is not the gateway's doing.
        fc.pre(name !== "." && name !== "..");
        await fetch(`${url}${path}?a=%20+b&a=2`);
        expect(event).toMatchObject({
          rawPath: httpEvent("GET", path).rawPath,
          rawQueryString: "a=%20+b&a=2",
          queryStringParameters: { a: "  b,2" },
        });
      }),
      { numRuns: 50 },
    );
  });

  it("leaves a path that is not UTF-8 encoded", async () => {
    await fetch(`${url}/documents/%ff`);
    expect(event.rawPath).toBe("/documents/%ff");
  });

  it("passes header names in lower case, and cookies separately", async () => {
    await fetch(url, { headers: { "X-Some-Thing": "A", Cookie: "a=1; b=2" } });
    expect(event.headers).toMatchObject({ "x-some-thing": "A" });
    expect(event.headers).not.toHaveProperty("cookie");
    expect(event.cookies).toEqual(["a=1", "b=2"]);
  });

  it.each([
    ["text/plain; charset=utf-8", false],
    ["application/json", false],
    ["application/octet-stream", true],
    ["image/png", true],
  ])("encodes %s in base64: %s", async (type, isBase64Encoded) => {
    await fetch(url, { method: "POST", body: "é", headers: { "content-type": type } });
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body!, isBase64Encoded ? "base64" : "utf8").toString()).toBe("é");
    expect(event.headers["content-length"]).toBe("2");
  });

  it("encodes text with a content encoding in base64", async () => {
    const headers = { "content-type": "text/plain", "content-encoding": "gzip" };
    await fetch(url, { method: "POST", body: "x", headers });
    expect(event.isBase64Encoded).toBe(true);
  });

  it("sends the function's status, headers, cookies and bytes", async () => {
    const body = Buffer.from([0xff, 0]).toString("base64");
    const headers = { "content-type": "image/png" };
    answers({ statusCode: 201, headers, cookies: ["a=1", "b=2"], body, isBase64Encoded: true });
    const response = await fetch(url);
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0xff, 0]));
  });

  it("sends a result without a status as JSON", async () => {
    answers({ a: 1 });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ a: 1 });
  });

  it("answers 500 without details if the function fails", async () => {
    invoke = () => Promise.reject(new Error("secret detail"));
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "Internal Server Error" });
  });

  it("refuses a request of more than 10 MB, or of more than 6 MB as an event", async () => {
    invoke = () => Promise.reject(new Error("was called"));
    for (const [size, type] of [
      [10 * 1024 * 1024 + 1, "text/plain"],
      // A third more in base64.
      [5 * 1024 * 1024, "image/png"],
    ] as const) {
      const body = Buffer.alloc(size, 65);
      const response = await fetch(url, { method: "PUT", body, headers: { "content-type": type } });
      expect(response.status).toBe(413);
      expect(await response.json()).toEqual({ message: "Request Entity Too Large" });
    }
  });

  it("answers 500 if the function's result has more than 6 MB", async () => {
    answers({ statusCode: 200, body: "x".repeat(6 * 1024 * 1024) });
    expect((await fetch(url)).status).toBe(500);
    expect(jest.mocked(console.error).mock.lastCall).toEqual([expect.stringContaining(log.file)]);
    expect(readFileSync(log.file, "utf8")).toMatch(/An answer can have \d+ bytes as JSON.*\n {4}at /);
  });

  it("refuses headers of more than 10 KB", async () => {
    const response = await new Promise<number | undefined>((done, fail) =>
      httpRequest(url, { headers: { long: "x".repeat(10_300) } }, ({ statusCode }) => done(statusCode))
        .once("error", fail)
        .end(),
    );
    expect(response).toBe(431);
  });

  it("names a port that is in use, and what to do", async () => {
    await expect(startGateway(gateway.port, invoke, log)).rejects.toThrow(
      `Port ${gateway.port} is in use. Choose another: npm run dev -- --port ${gateway.port + 1}`,
    );
  });

  describe("a page of another origin", () => {
    let shared: Gateway;
    let at: string;
    beforeAll(async () => {
      shared = await startGateway(0, (given) => invoke(given), log, {
        cors: { origins: ["https://www.example.com"], headers: ["content-type"] },
      });
      at = `http://127.0.0.1:${shared.port}`;
    });
    afterAll(() => shared.stop());

    const ask = (to: string, origin: string, method = "GET", headers: Record<string, string> = {}) =>
      fetch(to, { method, headers: { origin, ...headers } });
    const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin");

    it("is allowed to read the response only if service_cors_origins has its origin", async () => {
      expect(allowed(await ask(at, "https://www.example.com"))).toBe("https://www.example.com");
      for (const [to, origin] of [
        [at, "https://elsewhere.example"],
        [url, "https://www.example.com"],
      ] as const) {
        const answer = await ask(to, origin);
        expect([answer.status, allowed(answer)]).toEqual([403, null]);
      }
    });

    it("does not reach the function if its origin is not allowed", async () => {
      invoke = () => Promise.reject(new Error("It was called."));
      const answer = await ask(url, "https://elsewhere.example", "PUT");
      expect(await answer.json()).toEqual({ message: "Pages of another origin are not answered." });
    });

    it("gets an answer to its preflight request without a call of the function", async () => {
      invoke = () => Promise.reject(new Error("It was called."));
      const preflight = { "access-control-request-method": "PUT" };
      const answer = await ask(at, "https://www.example.com", "OPTIONS", preflight);
      expect([answer.status, answer.headers.get("access-control-allow-methods")]).toEqual([
        204,
        "GET,HEAD,PUT,DELETE",
      ]);
      expect(allowed(await ask(at, "https://elsewhere.example", "OPTIONS", preflight))).toBeNull();
    });
  });
});

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalServer, type Handler } from "../src/local-server";
import { SessionLog } from "../src/session-log";
import { call } from "../../__tests__/support/http";

let folder: string;
let log: SessionLog;
let server: LocalServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "local-server-"));
  log = new SessionLog(folder);
  server = await LocalServer.listen({
    log,
    allows: (origin) => origin === "https://friend.example",
    refuse: (_, response, { status, message }) => response.writeHead(status).end(`own: ${message}`),
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const logged = () => readFileSync(log.file, "utf8");

const faults: [string, Handler][] = [
  [
    "throws",
    () => {
      throw new RangeError("too deep");
    },
  ],
  ["rejects", () => Promise.reject(new RangeError("too deep"))],
  [
    "throws after it has set a header",
    (_, response) => {
      response.setHeader("X-Secret", "of the answer that was to be");
      throw new RangeError("too deep");
    },
  ],
  ["answers with a header that cannot be one", (_, response) => void response.writeHead(200, { a: "b\nc" })],
];

it.each(faults)(
  "a handler that %s becomes a 500, and an entry in the log with the stack",
  async (_, fault) => {
    server.answerWith(fault);
    const { status, body, headers } = await call(`${server.url}/path?token=secret`);
    expect([status, body]).toEqual([500, `own: The server failed to answer; ${log.file} has the details.`]);
    expect(headers["x-secret"]).toBeUndefined();
    expect(logged()).toMatch(/GET \/path was not answered: \w*Error\b[^]*?\n {4}at /);
    expect(logged()).not.toContain("secret");
    expect(statSync(log.file).mode & 0o777).toBe(0o600);
    server.answerWith((__, response) => void response.end("well"));
    expect((await call(server.url)).body).toBe("well");
  },
);

it("a handler that fails during its response aborts it", async () => {
  server.answerWith((_, response) => {
    response.writeHead(200, { "Content-Length": 10 }).write("half");
    throw new Error("in the middle");
  });
  await expect(call(server.url)).rejects.toThrow();
  expect(logged()).toContain("in the middle");
});

it("work that fails after the response is logged and terminates nothing", async () => {
  server.answerWith((_, response) => {
    log.watch("An execution", Promise.reject(new Error("later", { cause: new Error("the cause") })));
    response.end("well");
  });
  expect((await call(server.url)).body).toBe("well");
  expect(logged()).toMatch(/An execution: Error: later[^]*Caused by Error: the cause/);
});

it("a server without a handler answers that it is starting", async () => {
  expect(await call(server.url)).toMatchObject({ status: 503, body: "own: Still starting." });
});

describe("a request", () => {
  beforeEach(() => server.answerWith((_, response) => void response.end("answered")));

  const status = async (headers: Record<string, string>, method = "GET") =>
    (await call(server.url, { method, headers })).status;

  it.each([
    ["from a program", {}],
    ["under localhost", { Host: "localhost:PORT" }],
    ["to an API's host", { Host: "abc123.execute-api.localhost:PORT" }],
    ["from its own page", { Origin: "http://127.0.0.1:PORT", "Sec-Fetch-Site": "same-origin" }],
    ["typed into a browser", { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate" }],
    [
      "by a link of another site",
      { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", Referer: "http://evil.example/" },
    ],
    ["from an origin that is allowed", { Origin: "https://friend.example", "Sec-Fetch-Site": "cross-site" }],
    ["for an image of such a page", { Referer: "https://friend.example/", "Sec-Fetch-Site": "cross-site" }],
  ])("%s is answered", async (_, headers) => {
    const own = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace("PORT", String(server.port)),
    ]);
    expect(await status(Object.fromEntries(own) as Record<string, string>)).toBe(200);
  });

  it.each([
    ["another host name", 421, { Host: "evil.example" }],
    ["a host name that begins like its own", 421, { Host: "127.0.0.1.evil.example:PORT" }],
    ["another port", 421, { Host: "127.0.0.1:1" }],
    ["another site", 403, { Origin: "http://evil.example" }],
    ["another port of this machine", 403, { Origin: "http://127.0.0.1:1" }],
    ["a sandboxed frame", 403, { Origin: "null" }],
    ["a script that hides its origin", 403, { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }],
    ["another port's script", 403, { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors" }],
    ["a page that only Referer names", 403, { Referer: "http://evil.example/a" }],
    ["a Referer that is no address", 403, { Referer: "evil" }],
  ])("of %s is refused", async (_, expected, headers) => {
    const own = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace("PORT", String(server.port)),
    ]);
    expect(await status(Object.fromEntries(own) as Record<string, string>)).toBe(expected);
  });

  it("from a form on another site is refused, although the browser navigates", async () => {
    const form = {
      Origin: "http://evil.example",
      "Sec-Fetch-Site": "cross-site",
      "Sec-Fetch-Mode": "navigate",
    };
    expect(await status(form, "POST")).toBe(403);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreatePipelineCommand } from "@aws-sdk/client-codepipeline";
import fc from "fast-check";
import { startGateway, type Gateway } from "../src/dev-server/gateway";
import { startPage, type Page } from "../src/dashboard/page";
import { rootCredentials } from "../src/ministack/emulator";
import { SessionLog } from "../src/session-log";
import { call } from "../../__tests__/support/http";
import { ACCOUNT } from "./ministack/fixture";
import { TOKEN } from "./github/fixture";
import { signed } from "./support/signature";
import { approvalStage, SmallAws } from "./support/small-aws";

let folder: string;
let small: SmallAws;
let page: Page;
let gateway: Gateway;
/** What would have ended the process. */
const uncaught: unknown[] = [];
const remember = (error: unknown) => void uncaught.push(error);

beforeAll(async () => {
  process.on("uncaughtException", remember).on("unhandledRejection", remember);
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  jest.spyOn(console, "error").mockImplementation(() => undefined);
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  const log = new SessionLog(folder);
  small = await SmallAws.start();
  page = await startPage(log);
  page.show({ aws: small.aws, github: small.github.gitHub, folder, status: () => Promise.resolve("") });
  gateway = await startGateway(0, (event) => Promise.resolve(JSON.stringify(event)), log);
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await page.stop();
  await small.stop();
  rmSync(folder, { recursive: true });
  process.off("uncaughtException", remember).off("unhandledRejection", remember);
});
afterEach(() => {
  expect(uncaught).toEqual([]);
  // No request may cause an unexpected error in a server, which would be an entry with its stack.
  for (const logs of [folder, small.folder]) {
    const file = join(logs, "session.log");
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe("");
  }
});

const SERVERS = ["AWS", "GitHub", "page", "emulator", "npm run dev"] as const;
type Name = (typeof SERVERS)[number];

const url = (name: Name) =>
  ({
    AWS: small.aws.context.endpoint,
    GitHub: small.github.gitHub.url,
    page: page.url.slice(0, -1),
    emulator: small.emulator.url,
    "npm run dev": `http://127.0.0.1:${gateway.port}`,
  })[name];

const isAws = (name: Name) => name === "AWS" || name === "emulator";

function rootSignature(
  name: Name,
  { path, ...request }: { method: string; path: string; service: string; body: string | Buffer },
): Record<string, string> {
  return signed(rootCredentials(ACCOUNT), { ...request, url: `${url(name)}${path}` });
}

/** Any answer will do: it lives. */
const lives = async (name: Name) => (await call(url(name), { agent: false })).status > 0;

const DEPTH = 200_000;
const deep = `{"ref":${"[".repeat(DEPTH)}${"]".repeat(DEPTH)},"name":{"toString":1}}`;
const HOSTILE = [
  deep,
  deep.replaceAll("[", '{"a":').replaceAll("]", "}").replace(':{"a":}', ":{}"),
  `{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":{}`).join(",")}}`,
  '{"__proto__":{"toString":1},"constructor":{"prototype":1},"name":{"$ref":"#"}}',
  Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0x7b, 0x22, 0xed, 0xa0, 0x80]),
  Buffer.alloc(2 * 1024 * 1024, 0x7b),
  "",
];
const PATHS = [
  "/",
  "/webhooks/trigger?t=x",
  "/2015-03-31/functions",
  "/bucket/key",
  "/_rehearsal/connections/accept",
  "/_rehearsal/connections/github-app",
  "/_rehearsal/authorization",
  "/api/v3/repos/acme/api/hooks",
  "/acme/api.git/git-receive-pack",
  "/pipelines/p/decide",
  "/documents/%ff",
  "/%00/..%2f..",
  `/${"a".repeat(6000)}`,
];
const TARGETS = [
  "CodePipeline_20150709.PutWebhook",
  "CodePipeline_20150709.GetPipeline",
  "CodeBuild_20161006.StartBuild",
  "CodeStar_connections_20191201.CreateConnection",
  "AmazonSSM.GetParameters",
  "constructor.__proto__",
];

const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"),
  path: fc.oneof(
    fc.constantFrom(...PATHS),
    fc.webPath().map((path) => `/${path}`),
  ),
  target: fc.constantFrom(...TARGETS),
  // Without it nothing behind the check of signatures would be reached.
  signedFor: fc.option(fc.constantFrom("s3", "lambda", "iam", "sqs", "codepipeline", "codebuild")),
  type: fc.constantFrom("application/x-amz-json-1.1", "application/x-www-form-urlencoded"),
  body: fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.json(),
    fc.json().map((text) => text.slice(0, -1)),
  ),
});

describe.each(SERVERS)("%s", (name) => {
  it("answers any request, and still answers afterwards", async () => {
    const credentials = name === "GitHub" ? { Authorization: `Bearer ${TOKEN}` } : {};
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, target, signedFor, type, body }) => {
        const { hostname, port } = new URL(url(name));
        const headers = {
          ...credentials,
          "X-Amz-Target": target,
          "Content-Type": type,
          Origin: url(name),
          "Content-Length": Buffer.byteLength(body),
          ...(signedFor && isAws(name) && rootSignature(name, { method, path, service: signedFor, body })),
        };
        const at = { hostname, port, path, method, headers, agent: false };
        // A body that is too long is refused before its end; then there is no answer, but a server.
        const answer = await call(url(name), at as never, body).catch((error: NodeJS.ErrnoException) => {
          expect(["EPIPE", "ECONNRESET"]).toContain(error.code);
        });
        if (answer && answer.status >= 500 && isAws(name) && method !== "HEAD") {
          expect(answer.body).toMatch(/<Code>\w+<\/Code>|"(__type|code|Code|message)":/);
        }
      }),
      { numRuns: 60 },
    );
    expect(await lives(name)).toBe(true);
  }, 120_000);

  it.each([
    ["a body that ends early", "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1000\r\n\r\n{"],
    ["chunks that end early", "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"],
    [
      "a chunk without a length",
      "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{",
    ],
    [
      "headers twice",
      `POST / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\nOrigin: a\r\nOrigin: b\r\n\r\n`,
    ],
    ["two lengths", "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"],
    ["no HTTP", "\u0000\u0001\u0002\r\n\r\n"],
    ["an upgrade", "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n"],
  ])("survives %s", async (_, text) => {
    await raw(url(name), text);
    expect(await lives(name)).toBe(true);
  });

  it("survives 500 concurrent connections", async () => {
    const answers = Array.from({ length: 500 }, () => lives(name).catch(() => false));
    expect((await Promise.all(answers)).filter(Boolean).length).toBeGreaterThanOrEqual(490);
    expect(await lives(name)).toBe(true);
  }, 120_000);
});

/** Sends text as it is and goes away. */
function raw(address: string, text: string): Promise<void> {
  const { hostname, port, host } = new URL(address);
  return new Promise((done) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(text.replaceAll("HOST", host), () => setTimeout(() => socket.destroy(), 20));
    });
    socket.on("error", () => undefined).on("data", () => undefined);
    socket.once("close", () => done());
  });
}

it("a signed webhook whose ref has 200,000 nested arrays terminates nothing, and the next one starts the pipeline", async () => {
  await small.codepipeline.send(
    new CreatePipelineCommand({ pipeline: small.pipeline("hostile", approvalStage("Wait")) }),
  );
  const send = await small.webhook("hostile");
  for (const body of HOSTILE.filter((one) => typeof one === "string" && one !== "")) {
    expect((await send(body as string)).status).toBeLessThan(500);
  }
  const answer = await send('{"ref":"refs/heads/main"}');
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("Started hostile")]);
});

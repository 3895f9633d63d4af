import { EventEmitter } from "node:events";
import { Agent } from "node:http";
import type { StateChanges } from "../../src/aws/state-change";
import { startPage, type Page } from "../../src/dashboard/page";
import { SessionLog } from "../../src/session-log";
import { call } from "../../../__tests__/support/http";
import { UNUSED_AWS } from "../aws/support/pipelines";
import { Events } from "./support/events";

let page: Page;
let own: string;

beforeAll(async () => {
  page = await startPage(new SessionLog("/nonexistent"));
  own = page.url.slice(0, -1);
});
afterAll(() => page.stop());

const json = { "Content-Type": "application/json" };

describe("the page's server", () => {
  it("listens on 127.0.0.1 and allows only its own files", async () => {
    expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const { status, headers, body } = await call(page.url);
    expect(status).toBe(200);
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-frame-options"]).toBeDefined();
    // Nothing inline, nothing from elsewhere.
    expect(body).not.toMatch(/<script(?![^>]*\bsrc="\/)|<style|\son\w+=|\sstyle=|https?:\/\//);
  });

  it("serves every file that the page names, with its type", async () => {
    const { body } = await call(page.url);
    const named = [...body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(named).toContain("/page.js");
    for (const path of named) {
      const { status, headers } = await call(`${own}${path}`);
      expect([path, status]).toEqual([path, 200]);
      expect(headers["content-type"]).toMatch(/css|javascript|svg/);
    }
  });

  it.each(["/../page.ts", "/%2e%2e/page.ts", "/..%2fpage.ts", "/public/page.js", "/.env", "/feed.ts"])(
    "serves nothing outside the page's folder: %s",
    async (path) => {
      const { hostname, port } = new URL(page.url);
      expect((await call(page.url, { hostname, port, path })).status).toBe(404);
    },
  );

  it("answers only under its own address", async () => {
    const { port } = new URL(page.url);
    const under = async (Host: string) => (await call(page.url, { headers: { Host } })).status;
    expect(await under(`127.0.0.1:${port}`)).toBe(200);
    expect(await under(`localhost:${port}`)).toBe(200);
    for (const host of [
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      "127.0.0.1",
      "localhost:1",
    ]) {
      expect([host, await under(host)]).toEqual([host, 421]);
    }
  });

  it.each([
    ["another site", { Origin: "http://evil.example" }],
    ["another port of this machine", { Origin: "http://127.0.0.1:1" }],
    ["a sandboxed frame", { Origin: "null" }],
    ["no one", {}],
    [
      "a browser that marks the request as cross-site",
      { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors" },
    ],
  ])("refuses a change from %s", async (_, headers) => {
    const { status } = await call(
      `${own}/pipelines/p/start`,
      { method: "POST", headers: { ...headers, ...json } },
      "{}",
    );
    expect(status).toBe(403);
  });

  it("refuses scripts of another site, but not a link on it", async () => {
    const read = (headers: Record<string, string>) => call(page.url, { headers });
    expect((await read({ Origin: "http://evil.example" })).status).toBe(403);
    expect((await read({ "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors" })).status).toBe(403);
    expect((await read({ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" })).status).toBe(200);
    expect((await read({}))["headers"]["access-control-allow-origin"]).toBeUndefined();
  });

  it("answers that the session is starting", async () => {
    const events = new Events(`${own}/events`);
    await events.until(() => events.all.some(({ event }) => event === "ready"));
    expect(events.state.get("session")).toEqual({ phase: "starting" });
    const { status, body } = await call(
      `${own}/pipelines/p/start`,
      { method: "POST", headers: { Origin: own, ...json } },
      "{}",
    );
    expect([status, body]).toEqual([503, expect.stringContaining("still starting")]);
    expect((await call(`${own}/logs/bootstrap`)).status).toBe(404);
    events.close();
  });

  it("keeps a connection open after a refused request and a body that is too long", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const post = (headers: Record<string, string>, body: string) =>
      call(`${own}/pipelines/p/start`, { method: "POST", agent, headers: { ...headers, ...json } }, body);
    const long = "x".repeat(2 * 1024 * 1024);
    expect((await post({ Origin: "http://evil.example" }, "{}")).status).toBe(403);
    expect((await post({ Origin: own }, long)).status).toBe(503);
    expect((await post({ Origin: own }, "{}")).status).toBe(503);
    expect((await call(page.url, { agent })).status).toBe(200);
    agent.destroy();
  });

  it("accepts notifications only at the URL of its subscription", async () => {
    const { status } = await call(`${own}/notifications/guessed`, { method: "POST" }, "{}");
    expect(status).toBe(404);
  });

  it("refuses more than 64 streams", async () => {
    const tabs = Array.from({ length: 64 }, () => new Events(`${own}/events`));
    for (const tab of tabs) await tab.until(() => tab.all.some(({ event }) => event === "ready"));
    expect((await call(`${own}/events`)).status).toBe(503);
    for (const tab of tabs) tab.close();
  });

  it("shows a notice if the AWS endpoint does not respond", async () => {
    const other = await startPage(new SessionLog("/nonexistent"));
    const codebuild = { build: () => undefined, logFile: () => "" };
    const changes: StateChanges = new EventEmitter();
    const aws = { context: UNUSED_AWS, events: changes, codebuild };
    other.show({
      aws,
      github: { deliveries: () => [], pullRequests: () => [], commitStatuses: () => [] },
      folder: "/nonexistent",
      status: () => Promise.resolve(""),
    });
    const events = new Events(`${other.url}events`);
    await events.until(() => events.state.has("fault"));
    expect(events.state.get("fault")).toEqual({ message: expect.stringContaining("ECONNREFUSED") as string });
    expect((await call(other.url)).status).toBe(200);
    await other.stop();
  });

  it("notifies every tab before it stops", async () => {
    const other = await startPage(new SessionLog("/nonexistent"));
    const events = new Events(`${other.url}events`);
    await events.until(() => events.all.some(({ event }) => event === "ready"));
    await other.stop();
    expect(events.all.at(-1)!.event).toBe("end");
    await expect(call(other.url, { agent: false })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

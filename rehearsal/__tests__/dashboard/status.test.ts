import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StateChange } from "../../src/aws/state-change";
import { Feed } from "../../src/dashboard/feed";
import type { PageSource } from "../../src/dashboard/page";
import { StatusOutput } from "../../src/dashboard/status";
import { SessionLog } from "../../src/session-log";

const execution = { kind: "execution" } as StateChange;
const approval = { kind: "action", type: { category: "Approval" } } as StateChange;
const action = { kind: "action", type: { category: "Build" } } as StateChange;
const build = (buildComplete: boolean) => ({ kind: "build", build: { buildComplete } }) as StateChange;

let folder: string;
let events: EventEmitter;
let feed: Feed;
let output: StatusOutput;
/** How often the status was read, and what it is. */
let reads: number;
let status: () => Promise<string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "status-"));
  events = new EventEmitter();
  feed = new Feed();
  reads = 0;
  status = () => Promise.resolve(`read ${reads}`);
  const source = { aws: { events }, status: () => (reads++, status()) } as unknown as PageSource;
  output = new StatusOutput(source, feed, new SessionLog(folder));
  output.start();
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate"] });
});
afterEach(async () => {
  jest.useRealTimers();
  await output.stop();
  rmSync(folder, { recursive: true });
});

const shown = () => feed.after(0).find(({ key }) => key === "status")?.json;
const wait = () => jest.advanceTimersByTimeAsync(2_000);

describe("the status on the page", () => {
  it("is read once for changes that come together", async () => {
    output.watched = true;
    for (const change of [execution, approval, build(true)]) events.emit("change", change);
    await wait();
    expect([reads, shown()]).toEqual([1, '{"text":"read 1"}']);
    events.emit("change", execution);
    await wait();
    expect(shown()).toBe('{"text":"read 2"}');
  });

  it("is not read before there was a change, or after one that changes nothing", async () => {
    output.watched = true;
    events.emit("change", action);
    events.emit("change", build(false));
    await wait();
    expect(reads).toBe(0);
  });

  it("is read only while a tab is open, and then as of the last change", async () => {
    events.emit("change", execution);
    await wait();
    expect(reads).toBe(0);
    output.watched = true;
    await wait();
    expect(reads).toBe(1);
    output.watched = false;
    output.watched = true;
    await wait();
    expect(reads).toBe(1);
  });

  it("says why it could not be read", async () => {
    output.watched = true;
    status = () => Promise.reject(new Error("npm run status: no pipeline"));
    events.emit("change", execution);
    await wait();
    expect(shown()).toBe('{"text":"npm run status: no pipeline"}');
  });

  it("is not read after the page has stopped", async () => {
    output.watched = true;
    events.emit("change", execution);
    await output.stop();
    await wait();
    expect(reads).toBe(0);
  });
});

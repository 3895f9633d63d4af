import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SessionFile } from "../src/session-file";

let home: string;
let file: SessionFile;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "session-file-"));
  file = new SessionFile(home);
});
afterEach(() => rmSync(home, { recursive: true }));

/** A process that has ended. */
const { pid: gone } = spawnSync("true");

describe("session.json", () => {
  it("names its process, and is readable by its owner only", () => {
    writeFileSync(file.path, "{}", { mode: 0o644 });
    file.write({ page: "http://127.0.0.1:1/" });
    expect(JSON.parse(readFileSync(file.path, "utf8"))).toMatchObject({
      pid: process.pid,
      page: "http://127.0.0.1:1/",
    });
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
  });

  it("of a running session is kept, and reported", () => {
    file.write({});
    expect(file.removeDead()).toContain(`process ${process.pid}`);
    expect(existsSync(file.path)).toBe(true);
  });

  it.each([
    ["whose process is gone", JSON.stringify({ pid: gone, processStart: "1" })],
    ["whose process has become another one", JSON.stringify({ pid: process.pid, processStart: "1" })],
    ["of an earlier version", '{"awsEndpoint":"http://127.0.0.1:1"}'],
    ["that was written in part", '{"pid":1'],
  ])("%s is removed, and the removal is reported", (_, content) => {
    writeFileSync(file.path, content);
    expect(file.removeDead()).toContain("has ended");
    expect(existsSync(file.path)).toBe(false);
    expect(file.removeDead()).toBeUndefined();
  });

  it("is removed by its own session only", () => {
    file.write({});
    file.removeOwn();
    expect(existsSync(file.path)).toBe(false);
    writeFileSync(file.path, JSON.stringify({ pid: process.pid + 1, processStart: "1" }));
    file.removeOwn();
    expect(existsSync(file.path)).toBe(true);
  });
});

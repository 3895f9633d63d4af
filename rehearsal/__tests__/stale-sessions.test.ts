import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeStaleSessions } from "../src/stale-sessions";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "left-folders-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A process that has ended. */
const { pid: gone } = spawnSync("true");

it("removes the folders of sessions whose process has ended, and no others", () => {
  const kept = [`session-${process.pid}`, "session-1", `dev-${gone}`, "session-abc", `my-session-${gone}`];
  for (const name of [`session-${gone}`, ...kept]) mkdirSync(join(home, name));
  removeStaleSessions(home, "session");
  expect(readdirSync(home).sort()).toEqual(kept.sort());
});

it("creates a missing home folder", () => {
  removeStaleSessions(join(home, "new"), "session");
  expect(readdirSync(home)).toEqual(["new"]);
});

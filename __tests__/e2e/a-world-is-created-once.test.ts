import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SavedWorlds } from "./saved-world/saved-worlds";

let root: string;
let folder: string;
let worlds: SavedWorlds;
let made: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "worlds-"));
  folder = join(root, ".cache/worlds");
  worlds = new SavedWorlds(root);
  made = 0;
  writeFileSync(join(root, ".gitignore"), ".cache/\n");
  writeFileSync(join(root, "a.ts"), "1");
  git("init", "--quiet");
  commit("One");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", ...args], { cwd: root });

function commit(message: string): void {
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", message);
}

async function make(into: string): Promise<void> {
  made += 1;
  await pause(100);
  writeFileSync(join(into, "content"), String(made));
}

it("is made by the first of several, and the others wait for it", async () => {
  const found = await Promise.all([worlds.get(make), worlds.get(make), worlds.get(make)]);
  expect(new Set(found).size).toBe(1);
  expect(made).toBe(1);
  expect(readdirSync(found[0])).toEqual(["content"]);
});

it("is none when making it fails, and is made by the next", async () => {
  const fail = async (into: string) => {
    writeFileSync(join(into, "half"), "");
    return Promise.reject(new Error("Crashed."));
  };
  await expect(worlds.get(fail)).rejects.toThrow("Crashed.");
  expect(readdirSync(folder)).toEqual([]);
  expect(readdirSync(await worlds.get(make))).toEqual(["content"]);
});

it("does not wait for a maker that was killed", async () => {
  const world = await worlds.get(make);
  rmSync(world, { recursive: true });
  mkdirSync(`${world}.1`);
  const { pid } = JSON.parse(
    execFileSync(process.execPath, ["-p", "JSON.stringify({ pid: process.pid })"], { encoding: "utf8" }),
  ) as { pid: number };
  writeFileSync(join(`${world}.1`, "owner"), String(pid));
  expect(await worlds.get(make)).toBe(world);
  expect(made).toBe(2);
});

it("is another one when the commit, a file or a new file differs, and not for a test or a page", async () => {
  const first = await worlds.get(make);
  for (const name of ["b.test.ts", "README.md"]) writeFileSync(join(root, name), "2");
  expect(await worlds.get(make)).toBe(first);
  const others: string[] = [];
  writeFileSync(join(root, "a.ts"), "2");
  others.push(await worlds.get(make));
  writeFileSync(join(root, "c.ts"), "2");
  others.push(await worlds.get(make));
  commit("Two");
  others.push(await worlds.get(make));
  expect(new Set([first, ...others]).size).toBe(4);
  // The two that were used last are kept.
  expect(readdirSync(folder).sort()).toEqual(
    others
      .slice(1)
      .map((path) => path.slice(folder.length + 1))
      .sort(),
  );
  expect(existsSync(first)).toBe(false);
});

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SavedWorlds } from "./saved-world/saved-worlds";

let root: string;
let folder: string;
let worlds: SavedWorlds;
let created: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "worlds-"));
  folder = join(root, ".cache/worlds");
  worlds = new SavedWorlds(root);
  created = 0;
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

async function create(into: string): Promise<void> {
  created += 1;
  await sleep(100);
  writeFileSync(join(into, "content"), String(created));
}

describe("a saved world", () => {
  it("is created once when several tests need it at the same time", async () => {
    const found = await Promise.all([worlds.get(create), worlds.get(create), worlds.get(create)]);
    expect(new Set(found).size).toBe(1);
    expect(created).toBe(1);
    expect(readdirSync(found[0])).toEqual(["content"]);
  });

  it("is created by the next test when its creation has failed", async () => {
    const fail = async (into: string) => {
      writeFileSync(join(into, "half"), "");
      return Promise.reject(new Error("Crashed."));
    };
    await expect(worlds.get(fail)).rejects.toThrow("Crashed.");
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(await worlds.get(create))).toEqual(["content"]);
  });

  it("is created again when the process that was creating it was killed", async () => {
    const world = await worlds.get(create);
    rmSync(world, { recursive: true });
    mkdirSync(`${world}.1`);
    const { pid } = JSON.parse(
      execFileSync(process.execPath, ["-p", "JSON.stringify({ pid: process.pid })"], { encoding: "utf8" }),
    ) as { pid: number };
    writeFileSync(join(`${world}.1`, "owner"), String(pid));
    expect(await worlds.get(create)).toBe(world);
    expect(created).toBe(2);
  });

  it("is another one for another commit or file, but not for another test or document", async () => {
    const first = await worlds.get(create);
    for (const name of ["b.test.ts", "README.md"]) writeFileSync(join(root, name), "2");
    expect(await worlds.get(create)).toBe(first);
    const others: string[] = [];
    writeFileSync(join(root, "a.ts"), "2");
    others.push(await worlds.get(create));
    writeFileSync(join(root, "c.ts"), "2");
    others.push(await worlds.get(create));
    commit("Two");
    others.push(await worlds.get(create));
    expect(new Set([first, ...others]).size).toBe(4);
    // The two most recently used worlds are kept.
    expect(readdirSync(folder).sort()).toEqual(
      others
        .slice(1)
        .map((path) => path.slice(folder.length + 1))
        .sort(),
    );
    expect(existsSync(first)).toBe(false);
  });
});

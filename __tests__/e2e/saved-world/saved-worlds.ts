import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Worlds that are kept: that of the newest commit, and of the one before for who goes back and forth. */
const KEPT = 2;

/** Milliseconds that a world may take to be made, on a machine that does much else. */
const MADE_WITHIN = 15 * 60_000;

/** Files that take no part in a world that is bootstrapped and delivered, unless they are committed. */
const WITHOUT_PART = /\.(test\.ts|md)$/;

/** Worlds that are made once, and kept in a folder for all tests that go on with them. */
export class SavedWorlds {
  /** @param root the checkout from which they are made */
  constructor(
    private readonly root: string,
    private readonly folder = join(root, ".cache/worlds"),
  ) {}

  /**
   * The folder of this checkout's world. Whoever comes first has it made; others wait for it.
   * @param make fills the folder it is given, which does not become a world when it fails
   */
  async get(make: (folder: string) => Promise<void>): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const world = join(this.folder, await this.digest());
    const deadline = performance.now() + MADE_WITHIN;
    while (!existsSync(world)) {
      const own = await claim(world);
      if (own === undefined) {
        if (performance.now() > deadline) {
          throw new Error(`Another process makes ${world} for ${MADE_WITHIN / 60_000} minutes. Stop it.`);
        }
        await pause(500);
        continue;
      }
      try {
        // Made by somebody between the look and the claim.
        if (existsSync(world)) break;
        await make(own);
        await rm(join(own, OWNER));
        await rename(own, world);
      } finally {
        await rm(own, { recursive: true, force: true });
      }
    }
    const now = new Date();
    await utimes(world, now, now);
    await this.prune(world);
    return world;
  }

  /** Of all that goes into a world: the commit, the files as they are, and the tools. */
  private async digest(): Promise<string> {
    const git = async (...args: string[]) =>
      (await run("git", args, { cwd: this.root, maxBuffer: 1e8 })).stdout;
    const hash = createHash("sha256")
      .update(this.root)
      .update(await git("rev-parse", "HEAD"));
    hash.update(process.version).update((await run("terraform", ["version"])).stdout);
    const listed = await git("ls-files", "-z", "--cached", "--others", "--exclude-standard");
    const files = [...new Set(listed.split("\0"))].filter((name) => name && !WITHOUT_PART.test(name));
    for (const name of [...files.sort(), "node_modules/.setup-stamp", ".cache/venv/.setup-stamp"]) {
      // A file that was deleted, or a link to nowhere, is told by its absence.
      hash.update(`\0${name}\0`).update(await readFile(join(this.root, name)).catch(() => "absent"));
    }
    return hash.digest("hex").slice(0, 32);
  }

  /** Removes the worlds that were used longest ago, and what makers that were killed have left. */
  private async prune(current: string): Promise<void> {
    const names = await readdir(this.folder);
    const used = async (path: string) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    const worlds = names.filter((name) => !name.includes(".")).map((name) => join(this.folder, name));
    const ages = await Promise.all(worlds.map(async (path) => ({ path, at: await used(path) })));
    const old = ages.sort((a, b) => b.at - a.at).slice(KEPT);
    // Of this very world another process may be removing and claiming at this moment.
    const left = names.filter((name) => name.includes(".")).map((name) => join(this.folder, name));
    for (const path of left)
      if (!path.startsWith(current) && !(await isClaimed(path))) old.push({ path, at: 0 });
    for (const { path } of old) if (path !== current) await rm(path, { recursive: true, force: true });
  }
}

/** In a world that is being made: the process that makes it. */
const OWNER = "owner";

/**
 * Claims a world to make it. Each attempt has a folder of its own, so nobody has to remove what another one,
 * which was killed, has left: that could be a new claim meanwhile.
 * @returns the folder to make it in, or undefined while another process makes it
 */
async function claim(world: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const path = `${world}.${attempt}`;
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (await isClaimed(path)) return undefined;
      continue;
    }
    await writeFile(join(path, OWNER), String(process.pid));
    return path;
  }
}

/** Whether the process that has claimed a folder still runs; also when it has not said yet who it is. */
async function isClaimed(path: string): Promise<boolean> {
  const owner = await readFile(join(path, OWNER), "utf8").catch(() => "");
  if (owner === "") {
    const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: 0 };
    return Date.now() - mtimeMs < 10_000;
  }
  try {
    process.kill(Number(owner), 0);
    return true;
  } catch {
    return false;
  }
}

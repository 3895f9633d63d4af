import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../../../rehearsal/__tests__/support/eventually";

const run = promisify(execFile);

/** Number of worlds that are kept: those of two commits, for switching between them. */
const KEPT = 2;

/** Seconds in which a world is created on a busy machine. */
const CREATION_SECONDS = 15 * 60;

/** Files that make no difference to a world unless they are committed. */
const IRRELEVANT = /\.(test\.ts|md)$/;

/** Worlds that are created once and kept in a folder for all tests that start from them. */
export class SavedWorlds {
  /** @param root the checkout from which they are created */
  constructor(
    private readonly root: string,
    private readonly folder = join(root, ".cache/worlds"),
  ) {}

  /**
   * Returns the folder of this checkout's world. The first process creates it, others wait for it.
   *
   * @param create fills a folder, which does not become a world when it fails
   */
  async get(create: (folder: string) => Promise<void>): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const world = join(this.folder, await this.digest());
    const claimed = await eventually(
      `another process has created ${world}; stop it if it hangs`,
      async () => existsSync(world) || claim(world),
      CREATION_SECONDS,
    );
    if (claimed !== true) await createIn(claimed, world, create);
    const now = new Date();
    await utimes(world, now, now);
    await this.prune(world);
    return world;
  }

  /** Returns the digest of everything that makes a world: the commit, the files of the checkout, and the tools. */
  private async digest(): Promise<string> {
    const git = async (...args: string[]) =>
      (await run("git", args, { cwd: this.root, maxBuffer: 1e8 })).stdout;
    const hash = createHash("sha256")
      .update(this.root)
      .update(await git("rev-parse", "HEAD"));
    hash.update(process.version).update((await run("terraform", ["version"])).stdout);
    const listed = await git("ls-files", "-z", "--cached", "--others", "--exclude-standard");
    const files = [...new Set(listed.split("\0"))].filter((name) => name && !IRRELEVANT.test(name));
    for (const name of [...files.sort(), "node_modules/.setup-stamp", ".cache/venv/.setup-stamp"]) {
      // The file was deleted, or is a broken link.
      hash.update(`\0${name}\0`).update(await readFile(join(this.root, name)).catch(() => "absent"));
    }
    return hash.digest("hex").slice(0, 32);
  }

  /** Removes the least recently used worlds, and the folders of processes that were killed. */
  private async prune(current: string): Promise<void> {
    const names = await readdir(this.folder);
    const used = async (path: string) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    const worlds = names.filter((name) => !name.includes(".")).map((name) => join(this.folder, name));
    const ages = await Promise.all(worlds.map(async (path) => ({ path, at: await used(path) })));
    const old = ages.sort((a, b) => b.at - a.at).slice(KEPT);
    // Another process can be removing and claiming folders of the current world right now.
    const left = names.filter((name) => name.includes(".")).map((name) => join(this.folder, name));
    for (const path of left)
      if (!path.startsWith(current) && !(await isClaimed(path))) old.push({ path, at: 0 });
    for (const { path } of old) if (path !== current) await rm(path, { recursive: true, force: true });
  }
}

/** In the folder of a world that is being created: the id of the process that creates it. */
const OWNER = "owner";

/** Creates a world in a folder that this process has claimed. */
async function createIn(
  own: string,
  world: string,
  create: (folder: string) => Promise<void>,
): Promise<void> {
  try {
    // Another process can have created it before the claim.
    if (existsSync(world)) return;
    await create(own);
    await rm(join(own, OWNER));
    await rename(own, world);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/**
 * Claims a world in order to create it. Each attempt has its own folder: removing the folder of a killed process
 * could remove a new claim.
 * @returns the folder to create it in, or undefined while another process creates it
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

/** Whether the process that has claimed a folder still runs, or has not written its id yet. */
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

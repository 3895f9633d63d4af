import { cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceAddresses, type Addresses } from "./addresses";
import type { AwsServer } from "./aws/server";
import type { Emulator } from "./ministack/emulator";
import type { GitHub } from "./github/server";

/** The servers of a session. */
export interface Servers {
  readonly github: GitHub;
  readonly emulator: Emulator;
  readonly aws: AwsServer;
}

/** The folders of a session that another one can continue with. */
const FOLDERS = ["github", "workstation", "builds"];

/** The emulator's saved state in the session's folder. */
const EMULATOR = "state.pickle";

/** Maximum bytes of a file in a clone that can contain an address: plans and states are smaller. */
const LARGEST = 8 * 1024 * 1024;

interface Details {
  readonly addresses: Addresses;
  readonly githubToken: string;
}

/** Saves the servers' state and the session's working folders to a new folder. */
export async function saveSession(
  { github, emulator, aws }: Servers,
  { folder, githubToken, to }: { folder: string; githubToken: string; to: string },
): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const write = (name: string, content: Buffer | string) =>
    writeFile(join(to, name), content, { mode: 0o600 });
  // GitHub first: its pending deliveries may start executions.
  await write("github.state", await github.save());
  await write("aws.state", await aws.save());
  await emulator.save();
  await write(EMULATOR, await readFile(join(folder, EMULATOR)));
  const details: Details = { addresses: addressesOf({ github, emulator, aws }), githubToken };
  await write("session.json", JSON.stringify(details));
  await copyFolders(folder, to);
}

/** A saved session whose working folders were copied to a new one. */
export class SavedSession {
  private constructor(
    private readonly from: string,
    private readonly folder: string,
    private readonly details: Details,
  ) {}

  /** Copies the working folders of a saved session to the folder of a new one. */
  static async copy(from: string, folder: string): Promise<SavedSession> {
    const details = JSON.parse(await readFile(join(from, "session.json"), "utf8")) as Details;
    await copyFolders(from, folder);
    return new SavedSession(from, folder, details);
  }

  get githubToken(): string {
    return this.details.githubToken;
  }

  /** Restores the servers' state with the addresses of the new servers. */
  async restore(servers: Servers): Promise<void> {
    const change = replaceAddresses(this.details.addresses, addressesOf(servers));
    const read = (name: string) => readFile(join(this.from, name));
    servers.github.restore(await read("github.state"), change);
    servers.aws.restore(await read("aws.state"), change);
    const bytes = (await read(EMULATOR)).toString("latin1");
    await writeFile(join(this.folder, EMULATOR), change(bytes), { encoding: "latin1", mode: 0o600 });
    await servers.emulator.restore();
    await changeFiles(join(this.folder, "workstation"), change);
  }
}

function addressesOf({ github, emulator, aws }: Servers): Addresses {
  return [github.url, emulator.url, aws.context.endpoint];
}

async function copyFolders(from: string, to: string): Promise<void> {
  const present = await readdir(from);
  for (const name of FOLDERS.filter((one) => present.includes(one))) {
    // Links are copied as links: they lead to the checkout's packages and providers.
    await cp(join(from, name), join(to, name), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    });
  }
}

/** Replaces addresses in the files of a clone, except git's objects, which contain none. */
async function changeFiles(folder: string, change: (text: string) => string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "objects") await changeFiles(path, change);
    if (!entry.isFile() || (await stat(path)).size > LARGEST) continue;
    const before = await readFile(path, "latin1");
    const after = change(before);
    if (after !== before) await writeFile(path, after, "latin1");
  }
}

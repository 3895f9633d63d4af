import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startPage } from "../src/dashboard/page";
import { Session } from "../src/session";
import { SessionLog } from "../src/session-log";
import { findDescendants } from "../src/orphan-processes";
import { eventually } from "./support/eventually";

const project = resolve(__dirname, "../..");
const head = (folder: string) =>
  execFileSync("git", ["rev-parse", "HEAD"], { cwd: folder, encoding: "utf8" }).trim();

/** How many ports this process listens on, and how many processes of its own run. */
const running = () =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap" || name === "ProcessWrap")
    .length;

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "session-"));
  // A checkout of this test's own, so that it is one wherever the tests run.
  root = join(folder, "checkout");
  mkdirSync(root);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: root });
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--message", "One");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a session", () => {
  let session: Session;
  beforeEach(async () => {
    symlinkSync(join(project, ".cache"), join(root, ".cache"));
    session = await Session.start({ root, folder: join(folder, "session") });
  }, 120_000);
  afterEach(() => session.stop(), 60_000);

  it("has AWS, GitHub and a workstation with the commit on this machine, until it is stopped", async () => {
    const aws = session.aws.context;
    const urls = [aws.endpoint, session.emulator.url, session.github.url];
    expect(new Set(urls).size).toBe(3);
    for (const url of urls) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);

    const sts = new STSClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.root });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(aws.account);
    sts.destroy();
    const user = await fetch(`${session.github.api}api/v3/user`, {
      headers: { Authorization: `Bearer ${session.githubToken}` },
    });
    expect(user.status).toBe(200);
    expect(await session.workstation.head()).toBe(head(root));
    expect(session.pipeline).toBe("hw-pipeline");

    await session.stop();
    for (const url of urls) await expect(fetch(url)).rejects.toThrow();
    await session.remove();
    expect(existsSync(session.folder)).toBe(false);
  }, 60_000);
});

it("a session whose emulator cannot start leaves nothing running", async () => {
  const before = running();
  const start = Session.start({ root, folder: join(folder, "session") });
  await expect(start).rejects.toThrow("node tasks/setup.mjs rehearsal");
  await eventually("what it started has terminated", () => running() === before);
}, 60_000);

it("a session whose checkout cannot be cloned leaves nothing running", async () => {
  const before = running();
  symlinkSync(join(project, ".cache"), join(root, ".cache"));
  rmSync(join(root, ".git"), { recursive: true });
  await expect(Session.start({ root, folder: join(folder, "session") })).rejects.toThrow("checkout");
  await eventually("what it started has terminated", () => running() === before);
}, 120_000);

/** Addresses, as the kernel writes them, that this process and what it started listen on. */
function listening(): string[] {
  const pids = [process.pid, ...findDescendants(process.pid, "no such mark").map(({ pid }) => pid)];
  const own = new Set(pids.flatMap((pid) => sockets(pid)));
  return ["tcp", "tcp6"].flatMap((family) =>
    readFileSync(`/proc/net/${family}`, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === "0A" && own.has(inode!))
      .map(([, local]) => local!.split(":")[0]!),
  );
}

/** The inodes of the sockets that a process has open. */
function sockets(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1] ?? [];
    } catch {
      // Closed since, as the folder that is being read.
      return [];
    }
  });
}

const onLinux = process.platform === "linux" ? it : it.skip;

onLinux(
  "a session and its page listen on 127.0.0.1 and nowhere else",
  async () => {
    symlinkSync(join(project, ".cache"), join(root, ".cache"));
    const before = listening().length;
    const page = await startPage(new SessionLog(folder));
    const session = await Session.start({ root, folder: join(folder, "session") });
    try {
      page.show(session);
      const addresses = listening();
      // The page, AWS, GitHub, the emulator.
      expect(addresses.length - before).toBeGreaterThanOrEqual(4);
      expect(new Set(addresses)).toEqual(new Set(["0100007F"]));
    } finally {
      await page.stop();
      await session.stop();
    }
  },
  120_000,
);

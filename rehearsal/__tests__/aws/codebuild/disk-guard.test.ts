import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { guardDisk } from "../../../src/aws/codebuild/disk-guard";

const MB = 1024 ** 2;
jest.setTimeout(60_000);

let root: string;
let folder: string;
const over = new AbortController();
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "disk-guard-"));
  folder = join(root, "build");
  mkdirSync(folder);
});
afterAll(() => {
  over.abort();
  rmSync(root, { recursive: true });
});

const write = (file: string, megabytes: number) => writeFileSync(file, Buffer.alloc(megabytes * MB, 1));

it("detects a folder that grows while others free more than it takes", async () => {
  const others = join(root, "others");
  write(others, 200);
  const exceeded = new Promise<void>((done) => guardDisk(folder, 50 * MB, over.signal, done));
  // Until it has looked for the first time.
  await pause(500);
  write(join(folder, "filling"), 100);
  rmSync(others);
  await exceeded;
});

import {
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { unzip } from "../../../src/aws/codebuild/unzip";

const LINK = 0o120777;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unzip-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Item {
  readonly name: string;
  readonly content?: string;
  readonly mode?: number;
}

async function zipOf(items: readonly Item[]): Promise<string> {
  const zip = new ZipFile();
  for (const { name, content = "", mode = 0o100644 } of items) {
    zip.addBuffer(Buffer.from(content), name, { mode, compress: false });
  }
  zip.end();
  const archive = join(folder, "archive.zip");
  await pipeline(zip.outputStream, createWriteStream(archive));
  return archive;
}

/** yazl writes no hostile names, so a harmless one of the same length is replaced in the bytes. */
async function zipWithName(name: string): Promise<string> {
  const harmless = "x".repeat(Buffer.byteLength(name));
  const archive = await zipOf([{ name: harmless, content: "hostile" }]);
  const bytes = readFileSync(archive, "latin1").replaceAll(harmless, Buffer.from(name).toString("latin1"));
  writeFileSync(archive, bytes, "latin1");
  return archive;
}

it("unpacks files, folders, modes and links", async () => {
  const archive = await zipOf([
    { name: "a/run.sh", content: "#!/bin/sh\n", mode: 0o100755 },
    { name: "a/.hidden", content: "x" },
    { name: "b/link", content: "../a/run.sh", mode: LINK },
    { name: "set-user-id", mode: 0o104755 },
    { name: "read-only", mode: 0o100444 },
  ]);
  const out = join(folder, "out");
  await unzip(archive, out);
  expect(statSync(join(out, "a/run.sh")).mode & 0o7777).toBe(0o755);
  expect(statSync(join(out, "set-user-id")).mode & 0o7777).toBe(0o755);
  expect(statSync(join(out, "read-only")).mode & 0o600).toBe(0o600);
  expect(readlinkSync(join(out, "b/link"))).toBe("../a/run.sh");
  expect(readFileSync(join(out, "b/link"), "utf8")).toBe("#!/bin/sh\n");
  expect(readFileSync(join(out, "a/.hidden"), "utf8")).toBe("x");
});

it.each(["../evil", "a/../../evil", "/tmp/unzip-evil", "..\\evil"])("rejects the name %s", async (name) => {
  const archive = await zipWithName(name);
  await expect(unzip(archive, join(folder, "out"))).rejects.toThrow(/invalid relative path|absolute path/);
  expect(existsSync(join(folder, "evil"))).toBe(false);
  expect(existsSync("/tmp/unzip-evil")).toBe(false);
});

it.each([
  ["an absolute link", [{ name: "link", content: "/etc/passwd", mode: LINK }]],
  ["a link upwards", [{ name: "a/link", content: "../../out2", mode: LINK }]],
  [
    "a link that leaves the folder through another",
    [
      { name: "d/e/up", content: "../..", mode: LINK },
      { name: "link", content: "d/e/up/../archive.zip", mode: LINK },
    ],
  ],
])("rejects %s", async (_, items) => {
  const archive = await zipOf(items);
  await expect(unzip(archive, join(folder, "out"))).rejects.toThrow("points out of the archive");
});

it("writes nothing through a link", async () => {
  const archive = await zipOf([
    { name: "inner", content: ".", mode: LINK },
    { name: "inner/file", content: "x" },
  ]);
  await expect(unzip(archive, join(folder, "out"))).rejects.toThrow(/EEXIST/);
});

it("rejects a repeated name", async () => {
  const archive = await zipOf([
    { name: "a", content: "1" },
    { name: "a", content: "2" },
  ]);
  await expect(unzip(archive, join(folder, "out"))).rejects.toThrow(/EEXIST/);
});

it("rejects an archive with too much content before it unpacks it", async () => {
  const archive = await zipOf([
    { name: "a", content: "x".repeat(600) },
    { name: "b", content: "x".repeat(600) },
  ]);
  await expect(unzip(archive, join(folder, "out"), 1000)).rejects.toThrow("more than 1000 bytes");
  expect(existsSync(join(folder, "out/b"))).toBe(false);
});

it("rejects a file that is not a zip", async () => {
  writeFileSync(join(folder, "archive.zip"), "no zip");
  await expect(unzip(join(folder, "archive.zip"), join(folder, "out"))).rejects.toThrow(
    /End of central directory/i,
  );
});

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { folderDigest } from "../../../tasks/barrier/folder-digest";

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "digest-"));
  made.push(folder);
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return folder;
}

describe("folderDigest", () => {
  it("is the SHA-256 of each file's SHA-256 and path", async () => {
    const folder = folderOf({ "b.txt": "b", "a/c.txt": "c" });
    const lines = ["a/c.txt", "b.txt"].map(
      (path) =>
        execFileSync("sha256sum", [join(folder, path)], { encoding: "utf8" }).slice(0, 64) + ` ${path}\0`,
    );
    const expected = execFileSync("sha256sum", { input: lines.join(""), encoding: "utf8" }).slice(0, 64);
    expect(await folderDigest(folder)).toBe(expected);
  });

  it("does not depend on modes, times, empty folders or the order of creation", async () => {
    const one = folderOf({ "a.txt": "a", "b/c.txt": "c", "b.txt": "b" });
    const other = folderOf({ "b.txt": "b", "b/c.txt": "c", "a.txt": "a" });
    chmodSync(join(other, "a.txt"), 0o755);
    utimesSync(join(other, "b.txt"), 1, 1);
    mkdirSync(join(other, "empty/folder"), { recursive: true });
    expect(await folderDigest(other)).toBe(await folderDigest(one));
  });

  it("differs where a path or a byte differs", async () => {
    const path = fc.stringMatching(/^[a-c]{1,2}(\/[a-c]{1,2})?$/);
    const folders = fc.dictionary(path, fc.stringMatching(/^[ab\0]{0,3}$/), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(folders, folders, async (one, other) => {
        const isPossible = (files: Record<string, string>) =>
          Object.keys(files).every(
            (file) => !Object.keys(files).some((other) => other.startsWith(`${file}/`)),
          );
        fc.pre(isPossible(one) && isPossible(other));
        const same =
          JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
        const digests = await Promise.all([one, other].map((files) => folderDigest(folderOf(files))));
        expect(digests[0] === digests[1]).toBe(same);
      }),
      { numRuns: 100 },
    );
  });

  it.each(["a file", "a folder", "nothing"])("refuses a symbolic link to %s by name", async (target) => {
    const folder = folderOf({ "a.txt": "a", "b/c.txt": "c" });
    symlinkSync({ "a file": "a.txt", "a folder": "b", nothing: "/none" }[target]!, join(folder, "b/link"));
    await expect(folderDigest(folder)).rejects.toThrow("b/link is neither a file nor a folder");
  });

  it("refuses a pipe, without waiting for its content", async () => {
    const folder = folderOf({ "a.txt": "a" });
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await expect(folderDigest(folder)).rejects.toThrow("pipe is neither a file nor a folder");
  });

  it("refuses a name that is not UTF-8", async () => {
    const folder = folderOf({ "a.txt": "a" });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff])]), "a");
    await expect(folderDigest(folder)).rejects.toThrow("is not UTF-8");
  });

  it("refuses more than 20,000 files", async () => {
    // As the system would list them: to write and read so many takes seconds.
    const listed = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        ...{ name: Buffer.from(String(index)), isDirectory: () => false, isFile: () => true },
      }));
    const readdir = jest.spyOn(fs, "readdir");
    try {
      readdir.mockResolvedValueOnce(listed(20_000) as never);
      await expect(folderDigest("/none")).rejects.toThrow(
        "ENOENT: no such file or directory, open '/none/0'",
      );
      readdir.mockResolvedValueOnce(listed(20_001) as never);
      await expect(folderDigest("/none")).rejects.toThrow("more than 20000 files");
    } finally {
      readdir.mockRestore();
    }
  });

  it("counts folders as files", async () => {
    const listed = Array.from({ length: 20_001 }, () => ({
      name: Buffer.from("a"),
      isDirectory: () => true,
    }));
    const readdir = jest.spyOn(fs, "readdir").mockResolvedValueOnce(listed as never);
    try {
      await expect(folderDigest("/none")).rejects.toThrow("more than 20000 files");
    } finally {
      readdir.mockRestore();
    }
  });

  it("refuses a missing folder", async () => {
    await expect(folderDigest(join(folderOf({}), "none"))).rejects.toThrow("ENOENT");
  });
});

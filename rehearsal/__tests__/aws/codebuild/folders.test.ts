import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { BuildFolders } from "../../../src/aws/codebuild/folders";

const oxlint = join(__dirname, "../../../../node_modules/.bin/oxlint");

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "folders-"));
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

describe("the folder of a build", () => {
  it("is in no repository, so that what a checkout ignores does not hide the source from a linter", async () => {
    mkdirSync(join(checkout, ".git"));
    writeFileSync(join(checkout, ".gitignore"), ".rehearsal/\n");
    const folders = new BuildFolders(join(checkout, ".rehearsal/builds/hw-UnitTest-1"), []);
    await folders.create();
    writeFileSync(join(folders.source, "a.js"), "debugger;\n");
    const { stdout } = spawnSync(oxlint, ["--deny", "no-debugger"], {
      cwd: folders.source,
      encoding: "utf8",
    });
    expect(stdout).toContain("no-debugger");

    await folders.cleanUp();
    expect(readdirSync(folders.root)).toEqual([]);
  });

  it("has a TMPDIR for sockets, however long its path is", async () => {
    const folders = new BuildFolders(join(checkout, "long".repeat(30)), []);
    await folders.create();
    const socket = "plugin4294967295";
    const server = createServer().listen(join(folders.TMPDIR, socket));
    await once(server, "listening");
    // Node.js can truncate a path that is too long.
    const found = readdirSync(folders.temporary);
    await promisify(server.close.bind(server))();
    expect(found).toEqual([socket]);

    await folders.unlink();
    expect(existsSync(dirname(folders.TMPDIR))).toBe(false);
    expect(existsSync(folders.temporary)).toBe(true);
  });

  it.each([
    ["no link if its path is short enough", 86, false],
    ["a link if its path is longer", 87, true],
  ])("has a TMPDIR that is %s", async (_, length, isLink) => {
    const rest = length - Buffer.byteLength(join(checkout, "x", "tmp"));
    const folders = new BuildFolders(join(checkout, "x".repeat(rest + 1)), []);
    await folders.create();
    expect(Buffer.byteLength(folders.temporary)).toBe(length);
    expect(folders.TMPDIR !== folders.temporary).toBe(isLink);
    await folders.unlink();
  });
});

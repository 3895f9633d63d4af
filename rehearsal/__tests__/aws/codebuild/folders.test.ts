import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
});

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzip } from "../../../../src/aws/codebuild/unzip";
import { archive } from "../../../../src/aws/codepipeline/actions/github-checkout";
import { dropAttributes } from "../../../../src/aws/codepipeline/actions/source-zip";

let folder: string;
/** What a build finds in its source folder. */
let source: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "source-zip-"));
  source = join(folder, "source");
  const repository = join(folder, "repository");
  mkdirSync(join(repository, "folder/deep"), { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Tess", "-c", "user.email=tess@example.com", ...args], {
      cwd: repository,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet");
  writeFileSync(join(repository, "run.sh"), "#!/bin/sh\n");
  chmodSync(join(repository, "run.sh"), 0o755);
  writeFileSync(join(repository, "folder/deep/ü [1].txt"), "x".repeat(200_000));
  symlinkSync("/etc/passwd", join(repository, "absolute"));
  symlinkSync("../../outside", join(repository, "folder/upwards"));
  symlinkSync("folder", join(repository, "to-folder"));
  git("add", ".");
  const submodule = "160000,0123456789012345678901234567890123456789,submodule";
  git("update-index", "--add", "--cacheinfo", submodule);
  git("commit", "--quiet", "--message=All kinds of files");
  const zip = join(folder, "source.zip");
  const head = git("rev-parse", "HEAD");
  await archive(join(repository, ".git"), head, zip, new AbortController().signal);
  await dropAttributes(zip);
  await unzip(zip, source);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("keeps the contents of an executable file, but not its mode", () => {
  expect(lstatSync(join(source, "run.sh")).mode & 0o777).toBe(0o644);
  expect(readFileSync(join(source, "run.sh"), "utf8")).toBe("#!/bin/sh\n");
  expect(readFileSync(join(source, "folder/deep/ü [1].txt"), "utf8")).toBe("x".repeat(200_000));
});

it.each([
  ["absolute", "/etc/passwd"],
  ["folder/upwards", "../../outside"],
  ["to-folder", "folder"],
])("turns the link %s into a text file with its target", (name, target) => {
  expect(lstatSync(join(source, name)).isFile()).toBe(true);
  expect(readFileSync(join(source, name), "utf8")).toBe(target);
});

it("keeps a submodule as an empty folder, as GitHub's archive does", () => {
  expect(readdirSync(join(source, "submodule"))).toEqual([]);
});

it("rejects a file that is not a zip", async () => {
  const file = join(folder, "no.zip");
  writeFileSync(file, "this is no zip, although it is long enough");
  await expect(dropAttributes(file)).rejects.toThrow("is not a zip");
});

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { collectFiles, specFor, writeZip } from "../../../src/aws/codebuild/artifacts";
import type { ArtifactSpec } from "../../../src/aws/codebuild/buildspec";
import { unzip } from "../../../src/aws/codebuild/unzip";

let source: string;

beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), "artifacts-"));
  for (const name of ["a.txt", ".hidden", "out/x.js", "out/x.js.map", "out/deep/y.js", "other/x.js"]) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), name);
  }
  symlinkSync("../a.txt", join(source, "out/to-file"));
  symlinkSync("..", join(source, "out/to-folder"));
  symlinkSync("nowhere", join(source, "out/to-nothing"));
});
afterEach(() => rmSync(source, { recursive: true }));

function spec(files: string[], more: Partial<ArtifactSpec> = {}): ArtifactSpec {
  return { files, "discard-paths": false, "exclude-paths": [], "enable-symlinks": false, ...more };
}

const names = async (described: ArtifactSpec) =>
  (await collectFiles(described, source)).map(({ name }) => name);

it.each<[string, ArtifactSpec, string[]]>([
  [
    "everything",
    spec(["**/*"]),
    [".hidden", "a.txt", "other/x.js", "out/deep/y.js", "out/to-file", "out/x.js", "out/x.js.map"],
  ],
  ["one folder", spec(["out/*"]), ["out/to-file", "out/x.js", "out/x.js.map"]],
  ["several, once each", spec(["out/*.js", "out/**/*.js", "a.txt"]), ["a.txt", "out/deep/y.js", "out/x.js"]],
  ["a base directory", spec(["**/*"], { "base-directory": "out/deep" }), ["y.js"]],
  [
    "exclusions",
    spec(["out/**/*"], { "exclude-paths": ["**/*.map", "out/deep/**"] }),
    ["out/to-file", "out/x.js"],
  ],
  ["no folders", spec(["out/**/*.js"], { "discard-paths": true }), ["y.js", "x.js"]],
  [
    "links as links",
    spec(["out/to-*"], { "enable-symlinks": true }),
    ["out/to-file", "out/to-folder", "out/to-nothing"],
  ],
])("%s", async (_, described, expected) => {
  expect(await names(described)).toEqual(expected);
});

it.each([
  [spec(["none/*"]), "no matching artifact paths found"],
  [spec(["**/*"], { "base-directory": "none" }), "no matching base directory path found"],
  [spec(["../*"]), "leaves the base directory"],
])("rejects %j", async (described, message) => {
  await expect(collectFiles(described, source)).rejects.toMatchObject({
    statusCode: "CLIENT_ERROR",
    message: expect.stringContaining(message) as string,
  });
});

it("keeps modes and links in a zip", async () => {
  chmodSync(join(source, "a.txt"), 0o755);
  const archive = join(source, "zips", "artifact.zip");
  await writeZip(await collectFiles(spec(["a.txt", "out/*"], { "enable-symlinks": true }), source), archive);
  rmSync(join(source, "out"), { recursive: true });
  const out = join(source, "unpacked");
  await unzip(archive, out);
  expect(statSync(join(out, "a.txt")).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(out, "out/to-file"))).toBe("../a.txt");
});

it("fails if a file has disappeared when the zip is written", async () => {
  const files = await collectFiles(spec(["a.txt"]), source);
  rmSync(join(source, "a.txt"));
  await expect(writeZip(files, join(source, "zips", "artifact.zip"))).rejects.toThrow("ENOENT");
});

it("describes an output by the secondary artifact of its name, or by artifacts", () => {
  const primary = { ...spec(["primary"]), "secondary-artifacts": {} };
  expect(specFor("Any", primary).files).toEqual(["primary"]);
  const both = { ...primary, "secondary-artifacts": { Plan: spec(["plan"]) } };
  expect(specFor("Plan", both).files).toEqual(["plan"]);
  expect(() => specFor("Other", both)).toThrow("secondary-artifacts.Other");
  expect(() => specFor("Other", undefined)).toThrow("no definition for the artifact Other");
});

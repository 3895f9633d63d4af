import fc from "fast-check";
import { FilePattern, leavesBase } from "../../../src/aws/codebuild/file-pattern";

const matches = (pattern: string, path: string) => new FilePattern(pattern).matches(path);

it.each([
  ["**/*", "a", true],
  ["**/*", "a/b/.c", true],
  ["*", "a", true],
  ["*", ".hidden", true],
  ["*", "a/b", false],
  ["dir/*", "dir/a", true],
  ["dir/*", "dir/a/b", false],
  ["dir/**/*", "dir/a", true],
  ["dir/**/*", "dir/a/b/c", true],
  ["dir/**/*", "other/a", false],
  ["dir/**/*", "dir", false],
  ["dir/**", "dir/a/b", true],
  ["dir", "dir/a", false],
  ["./a.json", "a.json", true],
  ["**/*.js", "a.js", true],
  ["**/*.js", "x/y/a.js", true],
  ["**/*.js", "a.jsx", false],
  ["a.b", "axb", false],
  ["a?c", "abc", true],
  ["a?c", "a/c", false],
  ["a/**/z", "a/z", true],
  ["a/**/z", "a/b/c/z", true],
  ["a/**/z", "az", false],
  ["**/node_modules/**", "x/node_modules/y/z", true],
  ["**/node_modules/**", "x/my_node_modules/y", false],
])("%s and %s: %s", (pattern, path, expected) => {
  expect(matches(pattern, path)).toBe(expected);
});

const name = fc
  .stringMatching(/^[a-z0-9.+()[\]$^{}| _-]{1,8}$/)
  .filter((text) => text !== "." && text !== "..");
const names = fc.array(name, { minLength: 1, maxLength: 5 });

it("matches a path without wildcards and nothing else", () => {
  fc.assert(
    fc.property(names, names, (path, other) => {
      expect(matches(path.join("/"), path.join("/"))).toBe(true);
      expect(matches(path.join("/"), other.join("/"))).toBe(path.join("/") === other.join("/"));
    }),
  );
});

it("matches everything in a folder with /**/*, at any depth, and nothing outside", () => {
  fc.assert(
    fc.property(names, names, (folder, path) => {
      const pattern = `${folder.join("/")}/**/*`;
      expect(matches(pattern, [...folder, ...path].join("/"))).toBe(true);
      expect(matches(pattern, path.join("/"))).toBe(
        `${path.join("/")}/`.startsWith(`${folder.join("/")}/`) && path.length > folder.length,
      );
    }),
  );
});

it("matches within one folder with *", () => {
  fc.assert(
    fc.property(names, (path) => {
      expect(matches(path.map(() => "*").join("/"), path.join("/"))).toBe(true);
      expect(matches([...path.map(() => "*"), "*"].join("/"), path.join("/"))).toBe(false);
    }),
  );
});

it("matches only files in the pattern's root", () => {
  const segment = fc.oneof(name, fc.constantFrom("*", "**", "?"));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), names, (segments, path) => {
      const pattern = new FilePattern(segments.join("/"));
      fc.pre(pattern.matches(path.join("/")));
      expect(`/${path.join("/")}/`.startsWith(pattern.root === "" ? "/" : `/${pattern.root}/`)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ["/etc/passwd", true],
  ["../x", true],
  ["a/../../x", true],
  ["..a/b..", false],
])("%s leaves the base directory: %s", (pattern, expected) => {
  expect(leavesBase(pattern)).toBe(expected);
});

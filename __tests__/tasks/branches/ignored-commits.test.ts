import { countOthers } from "../../../tasks/branches/ignored-commits";

const changing = (...files: string[]) => `/c0ffee\0${files.map((file) => `\n${file}\0`).join("")}`;

describe("a pattern of ignored paths", () => {
  it.each([
    ["docs/**", "docs/a/b.md"],
    ["docs/*", "docs/a.md"],
    ["**/*.md", "docs/a/b.md"],
    ["?.md", "a.md"],
    ["a+b.md", "a+b.md"],
  ])("%s ignores %s", (pattern, file) => {
    expect(countOthers(changing(file), [pattern])).toBe(0);
  });

  // More than it says would hide a commit that starts a run.
  it.each([
    ["docs/*", "docs/a/b.md"],
    ["docs/**", "tests/docs/a.md"],
    ["*.md", "a-md"],
    ["*.md", "a.md.ts"],
    ["?.md", "ab.md"],
    ["?.md", ".md"],
    ["a+b.md", "aab.md"],
  ])("%s does not ignore %s", (pattern, file) => {
    expect(countOthers(changing(file), [pattern])).toBe(1);
    expect(countOthers(changing("docs/a.md", file), ["docs/a.md", pattern])).toBe(1);
  });
});

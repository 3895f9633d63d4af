import { matchesGlob } from "../../../src/aws/codepipeline/glob";

/** The examples and rules of https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html */
it.each<[string, string[], string[]]>([
  ["*.java", ["A.java", ".java"], ["A.jav", "src/A.java", "A.javax"]],
  ["*.*", ["a.b", "a."], ["ab", "a/b.c"]],
  ["*.{java,class}", ["A.java", "A.class"], ["A.{java,class}", "A.c"]],
  ["foo.?", ["foo.a"], ["foo.", "foo.ab", "foo./"]],
  ["my-file.jar", ["my-file.jar"], ["a/my-file.jar", "my-fileXjar"]],
  ["directory/subdirectory/my-file.jar", ["directory/subdirectory/my-file.jar"], ["directory/my-file.jar"]],
  ["**", ["a", "a/b/c.d", ""], []],
  ["docs/**", ["docs/a", "docs/a/b.md", "docs/"], ["docs", "mydocs/a", "a/docs/b"]],
  ["docs/*", ["docs/a"], ["docs/a/b"]],
  ["**/*.md", ["docs/a.md", "a/b/c.md"], ["a.md", "a/b.mdx"]],
  ["a**z", ["az", "a/b/z"], ["a/b"]],
  ["[abc]", ["a", "c"], ["d", "ab", "[abc]"]],
  ["[!a]", ["b"], ["a", "/"]],
  ["[a-c]", ["b"], ["d", "-"]],
  ["[-a]", ["-", "a"], ["b"]],
  ["[!-a]", ["b"], ["-", "a"]],
  ["[*?\\\\^]", ["*", "?", "\\", "^"], ["a"]],
  ["\\*\\{", ["*{"], ["a{", "\\*{"]],
  ["a,b", ["a,b"], ["a", "b"]],
  ["a]", ["a]"], ["a"]],
  ["(a|b)+$", ["(a|b)+$"], ["a"]],
])("%s matches %j and not %j", (pattern, matching, others) => {
  expect(matching.filter((text) => !matchesGlob(pattern, text))).toEqual([]);
  expect(others.filter((text) => matchesGlob(pattern, text))).toEqual([]);
});

it.each(["{a", "a}", "{a,{b}}", "[a", "[]", "a\\"])("%s is refused", (pattern) => {
  expect(() => matchesGlob(pattern, "a")).toThrow(`Invalid glob pattern ${JSON.stringify(pattern)}`);
});

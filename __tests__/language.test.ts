import { TextlintKernel, type TextlintRuleModule } from "@textlint/kernel";
import markdown from "@textlint/textlint-plugin-markdown";
import pattern from "@textlint-rule/textlint-rule-pattern";
import { documents, files, read } from "./support/documents";

const glossary = "docs/glossary.md";
const heading = "## Words that we do not use\n";

/** The phrases on the left of the glossary's table, each with what to write instead. */
const phrases = read(glossary)
  .split(heading)[1]!
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .flatMap((row) => {
    const [, left = "", instead = ""] = row.split("|").map((cell) => cell.trim());
    return left.split(", ").map((phrase) => ({ phrase, instead }));
  });

/** One pattern for all phrases: textlint compiles each pattern anew for every piece of text. */
const rules = [
  {
    ruleId: "words",
    rule: pattern as TextlintRuleModule,
    options: {
      patterns: [
        { pattern: `/\\b(${phrases.map(({ phrase }) => phrase).join("|")})\\b/i`, message: "not our words" },
      ],
    },
  },
];

/** Returns what to write instead of a phrase, in a text that has it in any capitals. */
function problem(found: string): string {
  const { phrase, instead } = phrases.find((one) => one.phrase.toLowerCase() === found.toLowerCase())!;
  return `"${phrase}": write "${instead}"`;
}

/** Returns where a document uses one of the phrases outside of code, a line each. */
async function problemsInDocument(text: string): Promise<string[]> {
  const plugins = [{ pluginId: "markdown", plugin: markdown }];
  const { messages } = await new TextlintKernel().lintText(text, { ext: ".md", plugins, rules });
  return messages.map(({ loc, range }) => `line ${loc.start.line}: ${problem(text.slice(...range))}`);
}

/** Names and texts that deployed pipelines have or had: another one would be a migration. */
const deployedNames =
  /\b(WIDER_RIGHTS|ConfirmRights|rights\.txt)\b|"(diff-)?rights"|\$\{step\.name\} may do/g;

/** The words of a phrase can be separated by the end of a line in a comment or a string. */
const anyPhrase = new RegExp(
  `\\b(${phrases.map(({ phrase }) => phrase.replaceAll(" ", "[\\s*/#-]+")).join("|")})\\b`,
  "gi",
);

/** Returns where code uses one of the phrases: in names, comments or strings. */
function problemsInCode(text: string): string[] {
  const words = text
    .replace(deployedNames, "")
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ")
    .replaceAll("_", " ");
  return [...words.matchAll(anyPhrase)].map(({ 0: found, index }) => {
    return `line ${words.slice(0, index).split("\n").length}: ${problem(found.replace(/[\s*/#-]+/g, " "))}`;
  });
}

const kinds =
  /\.(ts|[cm]?js|py|sh|css|html|ya?ml|json|toml|hcl|mod|go|in|example)$|(^|\/)(CODEOWNERS|pre-commit|run)$/;
const lockFiles = /(^|\/)(package-lock\.json|\.terraform\.lock\.hcl)$/;
const code = files.filter((path) => kinds.test(path) && !lockFiles.test(path));

describe("the list of words", () => {
  it("is the glossary's, with words and phrases", () => {
    expect(phrases.length).toBeGreaterThan(40);
    expect(phrases.map(({ phrase }) => phrase)).toEqual(expect.arrayContaining(["rights", "take a role"]));
    expect(
      phrases.filter(({ phrase, instead }) => !/^[a-z][a-z ]+$/i.test(phrase) || instead === ""),
    ).toEqual([]);
  });
});

describe("the language of a document", () => {
  it.each(documents)("is that of the glossary in %s", async (path) => {
    const text = read(path);
    expect(await problemsInDocument(path === glossary ? text.split(heading)[0]! : text)).toEqual([]);
  });

  it("is checked in text, headings, lists, tables and links, whatever the capitals", async () => {
    const text = "# More rights\n\nOther rights.\n\n- Rights\n\n| a |\n| - |\n| rights |\n\n[rights](a.md)\n";
    expect((await problemsInDocument(text)).map((problem) => problem.split(":")[0])).toEqual(
      [1, 3, 5, 9, 11].map((line) => `line ${line}`),
    );
    expect(await problemsInDocument("No rights.\n")).toEqual([
      expect.stringMatching(/^line 1: "rights": write "/),
    ]);
  });

  it("is free in code, and words are whole", async () => {
    const text = "`rights`, copyrights, [a permission](rights.md)\n\n```sh\nnpm run rights\n```\n";
    expect(await problemsInDocument(text)).toEqual([]);
  });
});

describe("the language of code", () => {
  it("is checked in files of every kind", () => {
    expect(code).toEqual(
      expect.arrayContaining([
        "settings.ts",
        "tasks/start.cjs",
        "rehearsal/src/ministack/alarms.py",
        "buildspecs/terraform.sh",
        "buildspecs/unit-test.yml",
        "package.json",
        ".env.example",
        ".githooks/pre-commit",
        ".github/CODEOWNERS",
      ]),
    );
    expect(code).not.toContain("package-lock.json");
  });

  it("is that of the glossary in names of files, comments, strings and identifiers", () => {
    const problems = code
      .filter((path) => path !== "__tests__/language.test.ts")
      .flatMap((path) => problemsInCode(`${read(path)}\n${path}`).map((problem) => `${path} ${problem}`));
    expect(problems).toEqual([]);
  });

  it.each([
    "noRights",
    "NO_RIGHTS",
    "no_rights = 1",
    "a-test-of-rights.test.ts",
    '"Rights"',
    "// more\n// rights",
  ])("finds the word in %j", (text) => {
    expect(problemsInCode(text)).toEqual([expect.stringContaining('"rights"')]);
  });

  it("is checked across the lines of a comment, and a problem has its line", () => {
    expect(problemsInCode("a();\n/**\n * They take a\n * role.\n */")).toEqual([
      'line 3: "take a role": write "assume a role"',
    ]);
  });

  it("leaves whole words and the names of deployed resources alone", () => {
    expect(problemsInCode('copyrights, margin-right, "diff-rights", WIDER_RIGHTS > rights.txt')).toEqual([]);
  });
});

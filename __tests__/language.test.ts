import { TextlintKernel, type TextlintRuleModule } from "@textlint/kernel";
import markdown from "@textlint/textlint-plugin-markdown";
import pattern from "@textlint-rule/textlint-rule-pattern";
import { documents, read } from "./support/documents";

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

const rules = [
  {
    ruleId: "words",
    rule: pattern as TextlintRuleModule,
    options: {
      patterns: phrases.map(({ phrase, instead }) => ({
        pattern: `/\\b${phrase}\\b/i`,
        message: `"${phrase}": write "${instead}"`,
      })),
    },
  },
];

/** Returns where a document uses one of the phrases outside of code, a line each. */
async function problems(text: string): Promise<string[]> {
  const plugins = [{ pluginId: "markdown", plugin: markdown }];
  const { messages } = await new TextlintKernel().lintText(text, { ext: ".md", plugins, rules });
  return messages.map(({ loc, message }) => `line ${loc.start.line}: ${message}`);
}

describe("the language of the documents", () => {
  it("is that of the glossary, which has words and phrases", () => {
    expect(phrases.length).toBeGreaterThan(40);
    expect(phrases.map(({ phrase }) => phrase)).toEqual(expect.arrayContaining(["rights", "take a role"]));
    expect(
      phrases.filter(({ phrase, instead }) => !/^[a-z][a-z ]+$/i.test(phrase) || instead === ""),
    ).toEqual([]);
  });

  it.each(documents)("is used in %s", async (path) => {
    const text = read(path);
    expect(await problems(path === glossary ? text.split(heading)[0]! : text)).toEqual([]);
  });

  it("is checked in text, headings, lists, tables and links, whatever the capitals", async () => {
    const text = "# More rights\n\nOther rights.\n\n- Rights\n\n| a |\n| - |\n| rights |\n\n[rights](a.md)\n";
    expect((await problems(text)).map((problem) => problem.split(":")[0])).toEqual(
      [1, 3, 5, 9, 11].map((line) => `line ${line}`),
    );
    expect((await problems("No rights.\n"))[0]).toBe('line 1: "rights": write "permissions, a permission"');
  });

  it("is free in code, and words are whole", async () => {
    const text = "`rights`, copyrights, [a permission](rights.md)\n\n```sh\nnpm run rights\n```\n";
    expect(await problems(text)).toEqual([]);
  });
});

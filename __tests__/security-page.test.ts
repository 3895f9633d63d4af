import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");
const tests = (text: string) =>
  [...text.matchAll(/`((?:rehearsal\/)?__tests__\/[^`]+)`/g)].map(([, path = ""]) => path);

/** The rows of all tables of the page, without their heads. */
function rows(): string[][] {
  return [...page.matchAll(/(?:^\|.*\n)+/gm)].flatMap(([table]) =>
    table
      .trim()
      .split("\n")
      .slice(2)
      .map((row) => row.split("|").slice(1, -1)),
  );
}

describe("the page for security reviewers", () => {
  it("names a test in the last column of each row, and tests that exist", () => {
    expect(rows().length).toBeGreaterThan(30);
    expect(rows().filter((row) => tests(row.at(-1) ?? "").length === 0)).toEqual([]);
    expect(tests(page).filter((path) => !path.endsWith(".test.ts") || !existsSync(join(root, path)))).toEqual(
      [],
    );
  });

  it("has a section for each foothold, with what remains or a table of what is possible", () => {
    const [, section = ""] = page.split("\n## Footholds\n");
    const footholds = section.split("\n## ")[0]!.split("\n### ").slice(1);
    expect(footholds.length).toBeGreaterThan(7);
    for (const foothold of footholds) {
      expect(tests(foothold)).not.toEqual([]);
      expect(foothold).toMatch(/Remains: |With its credentials you can/);
    }
  });

  it("has a row for each of OWASP's ten risks", () => {
    const risks = rows().flatMap(([risk = ""]) => /^ (\d+) [A-Z][a-z]/.exec(risk)?.[1] ?? []);
    expect(risks).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  });
});

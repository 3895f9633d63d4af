import fc from "fast-check";
import { parseCommits } from "../../src/github/commit";

const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
const sha = fc.stringMatching(/^[0-9a-f]{40}$/);
// Names that look like git's own status letters are the hard ones.
const file = fc.oneof(fc.constantFrom("A", "M", "D", "\nA"), text.filter(Boolean));

const commits = fc.array(
  fc.record({
    sha,
    name: text,
    message: text,
    status: fc.constantFrom("A", "M", "D"),
    files: fc.array(file),
  }),
);

describe("parseCommits", () => {
  it("reads any name, message and file", () => {
    fc.assert(
      fc.property(commits, (written) => {
        const output = written.map(({ sha, name, message, status, files }) => {
          const fields = [sha, sha, "", name, "", "", name, "", "", `${message}\n`, ""];
          const touched = files.flatMap((one, index) => [index === 0 ? `\n${status}` : status, one]);
          return [...fields, ...touched].map((field) => `${field}\0`).join("");
        });
        const read = parseCommits(output.join(""));
        expect(read.map((commit) => commit.sha)).toEqual(written.map((commit) => commit.sha));
        written.forEach(({ name, message, status, files }, index) => {
          const commit = read[index]!;
          expect(commit.author.name).toBe(name);
          expect(commit.message).toBe(message.trimEnd());
          const lists = { A: commit.added, D: commit.removed, M: commit.modified };
          expect(lists[status]).toEqual(files);
        });
      }),
    );
  });
});

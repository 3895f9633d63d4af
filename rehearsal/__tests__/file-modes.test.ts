import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** CI and git start them in a clone, in which git keeps the bit; no build does. */
const STARTED_FROM_A_CLONE = [".githooks/pre-commit", ".ci/run"];

describe("a file that a build gets", () => {
  it("depends neither on its mode, which CodePipeline's source drops, nor on being a link", () => {
    const entries = execFileSync("git", ["ls-files", "--stage", "-z"], {
      cwd: join(__dirname, "../.."),
      encoding: "utf8",
    });
    const files = entries
      .split("\0")
      .filter(Boolean)
      .map((entry) => /^(\d+) \S+ \d\t(.*)$/s.exec(entry)!);
    expect(files.length).toBeGreaterThan(100);
    const special = files.filter(([, mode]) => mode !== "100644").map(([, , file]) => file);
    expect(special.filter((file) => !STARTED_FROM_A_CLONE.includes(file!))).toEqual([]);
  });
});

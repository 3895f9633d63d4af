import { describe as table, type Summary } from "../src/summary";

const summary: Summary = {
  succeeded: true,
  commit: "c0ffee",
  seconds: 95.04,
  parts: [
    { name: "Start", seconds: 2 },
    { name: "Pipeline", seconds: 80.25 },
    { name: "Smoke test", seconds: 1.5 },
  ],
  execution: {
    id: "e",
    status: "Succeeded",
    seconds: 80,
    failure: undefined,
    downloads: [
      { action: "UnitTest", count: 2, bytes: 731 * 1024 ** 2 },
      { action: "CheckBuild", count: 0, bytes: 0 },
    ],
    stages: [
      { name: "Source1", status: "Succeeded", seconds: 1 },
      { name: "SelfUpdate", status: "Skipped", seconds: 0 },
    ],
  },
  smokeTest: { commit: "c0ffee", document: "rehearsal-1234", sha256: `${"ab".repeat(6)}${"0".repeat(52)}` },
};

const words = (line: string) => line.trim().split(/\s+/);

describe("the summary of a rehearsal", () => {
  it("has a row for each part and stage with its time and share, and a total", () => {
    const rows = table(summary).split("\n").slice(0, 6).map(words);
    expect(rows).toEqual([
      ["Start", "2.0", "s", "2", "%"],
      ["Pipeline", expect.stringMatching(/^80\.[23]$/), "s", "84", "%"],
      ["Source1", "Succeeded", "1.0", "s", "1", "%"],
      ["SelfUpdate", "Skipped", "0.0", "s", "0", "%"],
      ["Smoke", "test", "1.5", "s", "2", "%"],
      ["Total", "95.0", "s", "100", "%"],
    ]);
  });

  it("aligns the times and indents the stages", () => {
    const rows = table(summary).split("\n").slice(0, 6);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(rows.filter((row) => row.startsWith(" ")).map((row) => words(row)[0])).toEqual([
      "Source1",
      "SelfUpdate",
    ]);
  });

  it("has a row for each build that downloads providers in AWS, with their number and size", () => {
    const rows = table(summary).split("\n");
    const title = rows.findIndex((row) => row.startsWith("Providers that Terraform downloads"));
    expect(rows.slice(title + 1, title + 3).map(words)).toEqual([["UnitTest", "2", "731", "MB"], [""]]);
  });

  it("ends with the result of the smoke test", () => {
    const text = table(summary);
    expect(text).toContain("commit c0ffee");
    expect(text).toContain("rehearsal-1234");
    expect(text).toContain("abababababab");
  });

  it("has only the parts if nothing was executed", () => {
    const { execution: _execution, smokeTest: _smokeTest, ...rest } = summary;
    expect(table({ ...rest, succeeded: false }).split("\n")).toHaveLength(4);
  });
});

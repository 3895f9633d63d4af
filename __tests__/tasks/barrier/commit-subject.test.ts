import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { codePoint } from "../../support/code-point";
import { commitMessage, commitSubject } from "../../../tasks/barrier/commit-subject";
import { awsOfThisProcess } from "../aws-stand-in";

describe("commitSubject", () => {
  it.each([
    ["Fix the door", "Fix the door"],
    ["  Fix the door \r\n\r\nIt was open.", "Fix the door"],
    ["\n\n\tFix", "Fix"],
    [" \n\t\nFix", "Fix"],
    ["one\u2028two", "one"],
    ["", "(no message)"],
    [" \n ", "(no message)"],
  ])("returns the first line that is not empty: %j", (message, subject) => {
    expect(commitSubject(message)).toBe(subject);
  });

  it.each([
    ["safe\u202Etxt.exe", String.raw`safe\u202etxt.exe`],
    ["\u2066isolate\u2069", String.raw`\u2066isolate\u2069`],
    ["zero\u200Bwidth\uFEFF", String.raw`zero\u200bwidth`],
    ["zero\u200Bwidth\uFEFF!", String.raw`zero\u200bwidth\ufeff!`],
    ["a\u0000b\u001B[31mred\u0007", String.raw`a\u0000b\u001b[31mred\u0007`],
    ["tag\u{E0041}", String.raw`tag\u{e0041}`],
    ["half \uD800", String.raw`half \ud800`],
    ["hangul\u3164filler", String.raw`hangul\u3164filler`],
    ["no\u00A0break", String.raw`no\u00a0break`],
    ["tab\tbed", String.raw`tab\u0009bed`],
  ])("escapes what cannot be seen: %j", (message, subject) => {
    expect(commitSubject(message)).toBe(subject);
  });

  it("keeps letters of every script", () => {
    expect(commitSubject("Größe: 価格 मूल्य שלום 👍")).toBe("Größe: 価格 मूल्य שלום 👍");
  });

  it.each([
    ["#{PlanOnProd.PLAN}", "# {PlanOnProd.PLAN}"],
    ["##{a.b} ${HOME} $${x}", "## {a.b} $ {HOME} $$ {x}"],
  ])("breaks the variable in %s", (message, subject) => {
    expect(commitSubject(message)).toBe(subject);
  });

  it("cuts between characters as a reader sees them", () => {
    expect(commitSubject("abcdef", 5)).toBe("abcd…");
    expect(commitSubject("abcdef", 6)).toBe("abcdef");
    expect(commitSubject("ab👨‍👩‍👧cdef", 8)).toMatch(/^ab.*…$/);
    expect(commitSubject(`e${"\u0301".repeat(500)}f`, 100)).toBe("…");
  });

  it("returns no line break, no variable and no more characters than requested, whatever the message", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: codePoint, maxLength: 400 }),
        fc.integer({ min: 20, max: 200 }),
        (message, most) => {
          const subject = commitSubject(message, most);
          expect(subject.length).toBeLessThanOrEqual(most);
          expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[#$]\{/u);
          expect(subject).not.toBe("");
        },
      ),
    );
  });

  it("keeps a shell variable, of which nothing is executed", () => {
    const subject = commitSubject("$(touch pwned) `id` ; 'a' \"b\" \\ * $HOME");
    const script = 'SUBJECT=$(cat); export SUBJECT; printf "%s" "$SUBJECT"';
    expect(execFileSync("sh", ["-c", script], { input: `${subject}\n`, encoding: "utf8" })).toBe(subject);
  });
});

describe("commitMessage", () => {
  it.each([
    [
      { pipelineExecution: { artifactRevisions: [{ revisionSummary: "Fix" }, { revisionSummary: "x" }] } },
      "Fix",
    ],
    ...[
      ['{"ProviderType":"GitHub","CommitMessage":"Fix\\nit"}', "Fix\nit"],
      ['{"CommitMessage":"Fix"}', '{"CommitMessage":"Fix"}'],
      ['{"ProviderType":"GitHub","CommitMessage":1}', '{"ProviderType":"GitHub","CommitMessage":1}'],
      ["null", "null"],
    ].map(([revisionSummary, message]): [object, string | undefined] => [
      { pipelineExecution: { artifactRevisions: [{ revisionSummary }] } },
      message,
    ]),
    [{ pipelineExecution: { artifactRevisions: [{}] } }, ""],
    [{ pipelineExecution: { artifactRevisions: [] } }, ""],
    [{ pipelineExecution: {} }, ""],
    [{}, ""],
  ])("returns CodePipeline's summary of the execution's source: for %j it is %j", async (body, message) => {
    const aws = await awsOfThisProcess();
    try {
      aws.answer = () => ({ body });
      await expect(commitMessage(new CodePipelineClient(), "pipeline", "id")).resolves.toBe(message);
      expect(aws.calls).toEqual([
        { operation: "GetPipelineExecution", input: { pipelineName: "pipeline", pipelineExecutionId: "id" } },
      ]);
    } finally {
      aws.stop();
    }
  });
});

import markdown from "@textlint/textlint-plugin-markdown";
import fc from "fast-check";
import { COMMENT_LIMIT, reportMarkdown } from "../../../tasks/diff/markdown";
import type { DiffReport } from "../../../tasks/diff/report";
import { reportOf, resourceWith, stackWith } from "./reports";

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

/** Returns the nodes of a Markdown text, as CommonMark reads it. */
function nodes(text: string): Node[] {
  const { Processor } = markdown as unknown as {
    Processor: new () => {
      processor: (extension: string) => { preProcess: (text: string) => Node };
    };
  };
  const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];
  return all(new Processor().processor(".md").preProcess(text));
}

/** Returns the text outside of fenced blocks. */
const outside = (text: string) =>
  nodes(text)
    .filter(({ type, value }) => type !== "CodeBlock" && value !== undefined)
    .map(({ value }) => value);

const codeOf = (text: string) =>
  nodes(text)
    .filter(({ type }) => type === "CodeBlock")
    .map(({ value }) => value)
    .join("\n");

const destroyed = resourceWith({ action: "destroyed", lost: "its objects" });

describe("the comment of a diff", () => {
  it("has a sign in the title when something is destroyed or failed, and none otherwise", () => {
    const first = (report: DiffReport) => reportMarkdown(report).split("\n")[0];
    expect(first(reportOf([stackWith([destroyed])]))).toBe("### 🛑 Plan: 1 destroyed");
    expect(first(reportOf([{ stack: "pipeline", error: "x" }]))).toBe("### ❌ Plan: pipeline failed");
    expect(first(reportOf([stackWith([resourceWith()])]))).toBe("### Plan: 1 changed");
    expect(first(reportOf([stackWith([])]))).toBe("### Plan: no changes");
  });

  it("shows what a reviewer must not miss and each stack first, and folds the resources", () => {
    const attributes = [{ path: "tags.Name", before: '"a"', after: '"b"' }];
    const drift = [{ address: "aws_sqs_queue.failed", isDeleted: true, attributes: [] }];
    const report = reportOf([
      stackWith([destroyed, resourceWith({ attributes })], { drift, outputs: ["url"] }),
    ]);
    expect(reportMarkdown(report, "https://github.com/acme/api/actions/runs/1"))
      .toBe(`### 🛑 Plan: 1 destroyed, 1 changed, 1 output changed

**Read first**

\`\`\`text
DESTROYED: aws_s3_bucket.documents of service-dev, with its objects
\`\`\`

\`\`\`text
service-dev    Plan: 1 to change.
\`\`\`

<details><summary>service-dev: 2 resources</summary>

\`\`\`text
destroyed aws_s3_bucket.documents
changed   aws_s3_bucket.documents
    tags.Name: "a" → "b"
changed   output url
\`\`\`

</details>

<details><summary>Changed outside of Terraform (drift)</summary>

\`\`\`text
deleted aws_sqs_queue.failed of service-dev
\`\`\`

</details>

Every attribute is in [the full plan](https://github.com/acme/api/actions/runs/1).`);
  });

  it("has neither warnings nor drift where there is none, nor a stack without changes", () => {
    const report = reportOf([stackWith([resourceWith()]), stackWith([], { stack: "pipeline" })]);
    expect(reportMarkdown(report)).toBe(`### Plan: 1 changed

\`\`\`text
service-dev    Plan: 1 to change.
pipeline       Plan: 1 to change.
\`\`\`

<details><summary>service-dev: 1 resource</summary>

\`\`\`text
changed   aws_s3_bucket.documents
\`\`\`

</details>

Every attribute is in the full plan.`);
  });

  it("leaves resources out at the end of a resource, and says how many, so that it fits", () => {
    const attributes = [{ path: "policy", before: '"a"', after: `"${"x".repeat(150)}"` }];
    const many = (stack: string) =>
      stackWith(
        Array.from({ length: 2000 }, (_, index) =>
          resourceWith({ action: "destroyed", lost: "its objects", address: `a.b${index}`, attributes }),
        ),
        { stack },
      );
    const text = reportMarkdown(
      reportOf([many("service-dev"), many("service-prod"), stackWith([destroyed])]),
    );
    expect(text.length).toBeLessThan(COMMENT_LIMIT);
    expect(text.length).toBeGreaterThan(COMMENT_LIMIT - 2000);
    const code = codeOf(text);
    expect(code).toMatch(/service-prod +Plan: 1 to change\./);
    // Each resource that is shown has its attribute; each large stack and the warnings say how many are missing.
    expect(code.match(/^destroyed a\.b/gm)).toHaveLength(code.match(/^ {4}policy: /gm)!.length);
    expect(code.match(/^… and \d{4} more in the full plan$/gm)).toHaveLength(3);
    expect(code).toMatch(/^destroyed aws_s3_bucket\.documents$/m);
  });

  /** Text of a plan, in one line or, as no plan has it, in several. */
  const line = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "```",
          "~~~",
          "`",
          "</details>",
          "<img src=x>",
          "@acme",
          "\n",
          "\n\n",
          "#",
          "[a](b)",
          "> ",
        ),
        fc.string({ unit: "grapheme" }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(""));
  const resource = fc
    .record({
      action: fc.constantFrom("destroyed", "changed", "replaced", "moved", "forgotten"),
      address: line,
      because: fc.array(line, { maxLength: 2 }),
      lost: fc.option(line, { nil: undefined }),
      attributes: fc.array(fc.record({ path: line, before: line, after: line }), { maxLength: 3 }),
    })
    .map((changes) => resourceWith(changes as Partial<ReturnType<typeof resourceWith>>));
  const report = fc.record({
    stacks: fc.tuple(
      fc
        .record({
          summary: line,
          resources: fc.array(resource, { maxLength: 5 }),
          outputs: fc.array(line, { maxLength: 2 }),
          drift: fc.array(
            fc.record({ address: line, isDeleted: fc.boolean(), attributes: fc.constant([]) }),
            { maxLength: 2 },
          ),
        })
        .map((stack) => ({ stack: "service-dev", ...stack })),
      line.map((error) => ({ stack: "pipeline", error })),
    ),
    permissions: fc.array(line, { maxLength: 2 }).map((lines) => ({ lines })),
    definition: line.map((error) => ({ error })),
    onlyInState: fc.array(line, { maxLength: 1 }),
    bootstrapOnly: fc.array(line, { maxLength: 1 }),
  });

  it("keeps all text of a plan in blocks of code, whatever it is", () => {
    fc.assert(
      fc.property(report, (parts) => {
        const text = reportMarkdown(reportOf(parts.stacks, parts));
        const ours =
          /^(❌ Plan: .*|Read first|Every attribute is in the full plan\.|<details><summary>[\w-]+: \d resources?<\/summary>|<details><summary>Changed outside of Terraform \(drift\)<\/summary>|<\/details>)$/u;
        for (const part of outside(text)) expect(part).toMatch(ours);
      }),
    );
  });

  it("keeps to any limit that its summary fits in, whatever the text is", () => {
    fc.assert(
      fc.property(report, fc.integer({ min: 20_000, max: 30_000 }), (parts, limit) => {
        expect(reportMarkdown(reportOf(parts.stacks, parts), undefined, limit).length).toBeLessThanOrEqual(
          limit,
        );
      }),
    );
  });
});

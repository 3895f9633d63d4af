import { countsText, isDestructive } from "../../../tasks/diff/counts";
import { statusOf } from "../../../tasks/diff/report";
import { reportText } from "../../../tasks/diff/text";
import { reportOf, resourceWith, stackWith } from "./reports";

const destroyed = resourceWith({ action: "destroyed", lost: "its objects" });
const failed = { stack: "pipeline", error: "A Terraform provider crashed." };

describe("the exit status of a diff", () => {
  it.each([
    ["0 without changes", [stackWith([])], 0],
    ["2 with a change", [stackWith([resourceWith()])], 2],
    ["2 with a move alone", [stackWith([resourceWith({ action: "moved", movedFrom: "a.b" })])], 2],
    ["2 with an import alone", [stackWith([resourceWith({ action: "imported", isImported: true })])], 2],
    ["2 with an output alone", [stackWith([], { outputs: ["url"] })], 2],
    [
      "0 with drift alone",
      [stackWith([], { drift: [{ address: "a.b", isDeleted: true, attributes: [] }] })],
      0,
    ],
    ["1 when one stack of several fails", [stackWith([resourceWith()]), failed], 1],
  ] as const)("is %s", (_, stacks, status) => {
    expect(statusOf(reportOf(stacks))).toBe(status);
  });

  it("is 1 when permissions cannot be compared, and not when the definition cannot", () => {
    const error = { error: "AccessDenied: not authorized" };
    expect(statusOf(reportOf([stackWith([])], { permissions: error }))).toBe(1);
    expect(statusOf(reportOf([stackWith([])], { definition: error }))).toBe(0);
  });
});

describe("the counts of a diff", () => {
  it("name what is destroyed and replaced first", () => {
    const resources = [resourceWith(), destroyed, resourceWith({ action: "replaced" }), resourceWith()];
    const report = reportOf([stackWith(resources, { outputs: ["url"] })]);
    expect(countsText(report)).toBe("1 destroyed, 1 replaced, 2 changed, 1 output changed");
    expect(isDestructive(report)).toBe(true);
  });

  it("name a stack that failed, and are not destructive without a destroyed or replaced resource", () => {
    expect(countsText(reportOf([failed]))).toBe("pipeline failed");
    expect(isDestructive(reportOf([stackWith([resourceWith({ action: "created" })])]))).toBe(false);
  });
});

describe("the text of a diff", () => {
  it("shows what a reviewer must not miss first, and the summary last", () => {
    const text = reportText(
      reportOf([stackWith([destroyed]), failed], {
        permissions: { lines: ["hw-dev-api: s3:DeleteObject on *"] },
        definition: { lines: ["stage Audit is added"] },
        onlyInState: ["service-old"],
        withoutState: ["service-dev"],
        bootstrapOnly: ["resource.aws_iam_policy.boundary"],
      }),
    );
    expect(text).toBe(`
Read first
  DESTROYED: aws_s3_bucket.documents of service-dev, with its objects
  Added permission: hw-dev-api: s3:DeleteObject on *
  The pipeline: stage Audit is added
  The stack service-old has a state, but this commit does not synthesize it: it is not planned.
  Only npm run bootstrap deploys resource.aws_iam_policy.boundary of the state stack.

service-dev
  destroyed aws_s3_bucket.documents

Summary
  service-dev    Plan: 1 to change. It has no state yet.
  pipeline       failed: A Terraform provider crashed.
`);
  });

  it("shows drift apart from what the commit changes", () => {
    const attributes = [{ path: "tags.Name", before: '"a"', after: '"b"' }];
    const drift = [
      { address: "aws_sqs_queue.failed", isDeleted: true, attributes: [] },
      { address: "aws_s3_bucket.documents", isDeleted: false, attributes },
    ];
    expect(reportText(reportOf([stackWith([], { drift })]))).toContain(`
Changed outside of Terraform (drift)
  deleted aws_sqs_queue.failed of service-dev
  changed aws_s3_bucket.documents of service-dev
      tags.Name: "a" → "b"
`);
  });

  it("lists twelve attributes of a resource, and all in full", () => {
    const attributes = Array.from({ length: 14 }, (_, index) => ({
      path: `a${index}`,
      before: "1",
      after: "2",
    }));
    const report = reportOf([stackWith([resourceWith({ attributes })])]);
    expect(reportText(report)).toContain("a11: 1 → 2\n      and 2 more attributes");
    expect(reportText(report, true)).toContain("a13: 1 → 2");
  });
});

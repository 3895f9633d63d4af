import { driftBlocks, outputLine, resourceLines } from "../../../tasks/diff/lines";
import { plannedStack } from "../../../tasks/diff/stack-diff";
import { warningsOf } from "../../../tasks/diff/warnings";
import { reportOf, resourceWith, stackWith } from "./reports";

describe("the lines of a resource", () => {
  it.each([
    [{ action: "changed" }, "changed   a.b"],
    [{ action: "replaced", because: ["bucket", "name"] }, "replaced  a.b (because of bucket, name)"],
    [{ action: "moved", movedFrom: "a.c" }, "moved     a.b (moved from a.c)"],
    [{ action: "imported", isImported: true }, "imported  a.b"],
    [{ action: "changed", isImported: true, movedFrom: "a.c" }, "changed   a.b (moved from a.c; imported)"],
    [{ action: "forgotten" }, "forgotten a.b (stays in AWS and is no longer managed)"],
  ] as const)("say what happens to it, and why: %j", (changes, line) => {
    expect(resourceLines(resourceWith({ address: "a.b", ...changes }))).toEqual([line]);
  });

  it("have as many attributes as the limit, and say how many more there are", () => {
    const attributes = ["a", "b", "c"].map((path) => ({ path, before: "1", after: "2" }));
    const lines = (limit: number) =>
      resourceLines(resourceWith({ address: "a.b", attributes }), limit).slice(1);
    expect(lines(3)).toEqual(["    a: 1 → 2", "    b: 1 → 2", "    c: 1 → 2"]);
    expect(lines(2)).toEqual(["    a: 1 → 2", "    b: 1 → 2", "    and 1 more attributes"]);
  });
});

describe("the lines of drift", () => {
  it("say whether a resource was changed or deleted, in which stack", () => {
    const attributes = [{ path: "a", before: "1", after: "2" }];
    const drift = [
      { address: "a.b", isDeleted: false, attributes },
      { address: "a.c", isDeleted: true, attributes: [] },
    ];
    expect(driftBlocks(stackWith([], { drift }))).toEqual([
      ["changed a.b of service-dev", "    a: 1 → 2"],
      ["deleted a.c of service-dev"],
    ]);
  });
});

describe("a planned stack", () => {
  it("has the outputs that change, by their names", () => {
    const output_changes = {
      url: { actions: ["update"], after: "b" },
      same: { actions: ["no-op"], after: "a" },
      "a\u202e": { actions: ["create"], after: "c" },
    };
    const { outputs } = plannedStack("service-dev", { output_changes });
    expect(outputs.map(outputLine)).toEqual(["changed   output url", "changed   output a\\u202e"]);
    expect(plannedStack("service-dev", {}).outputs).toEqual([]);
  });
});

describe("what a reviewer must not miss", () => {
  it("is what is lost, and not a resource that can be created again", () => {
    const resources = [
      resourceWith({ action: "destroyed", lost: undefined }),
      resourceWith({ action: "replaced", lost: "its objects", address: "a.b" }),
    ];
    expect(warningsOf(reportOf([stackWith(resources)]))).toEqual([
      "REPLACED: a.b of service-dev, with its objects",
    ]);
  });

  it("is first of all a route that anyone is allowed to call", () => {
    const resources = [
      resourceWith({ action: "destroyed", lost: "its objects", address: "a.b" }),
      resourceWith({ soonerExpiry: "after 7 days (until now: never)", address: "aws_s3_bucket.d" }),
      resourceWith({ opensRoute: true, address: "aws_apigatewayv2_route.c" }),
    ];
    const report = reportOf([stackWith(resources)], { permissions: { lines: ["role: s3:*"] } });
    expect(warningsOf(report)).toEqual([
      "OPENED: anyone is allowed to call aws_apigatewayv2_route.c of service-dev",
      "DELETED SOONER: old versions in aws_s3_bucket.d of service-dev, after 7 days (until now: never)",
      "DESTROYED: a.b of service-dev, with its objects",
      "Added permission: role: s3:*",
    ]);
  });

  it("includes permissions and a definition that could not be compared", () => {
    const report = reportOf([], { permissions: { error: "no role" }, definition: { error: "no object" } });
    expect(warningsOf(report)).toEqual([
      "The permissions could not be compared: no role",
      "The pipeline's definition could not be compared: no object",
    ]);
  });
});

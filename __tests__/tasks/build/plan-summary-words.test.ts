import { summaryOf } from "../../../tasks/build/plan-summary";
import type { ResourceChange } from "../../../tasks/terraform/plan";

const change = (address: string, actions: string[], more: Partial<ResourceChange> = {}): ResourceChange => ({
  address,
  ...more,
  change: { actions, before: {}, after: {}, after_unknown: {}, ...more.change },
});
const moved = (from: string, to: string) => change(to, ["no-op"], { previous_address: from });
const imported = (address: string, actions: string[]): ResourceChange => {
  const one = change(address, actions);
  return { ...one, change: { ...one.change, importing: { id: "x" } } };
};

it("the summary reports no changes if resources are only read", () => {
  expect(summaryOf({})).toBe("No changes.");
  expect(summaryOf({ resource_changes: [change("a.b", ["no-op"]), change("data.a.b", ["read"])] })).toBe(
    "No changes.",
  );
  expect(summaryOf({ output_changes: { a: { actions: ["no-op"] } } })).toBe("No changes.");
});

it("the summary counts each kind of change, a replacement as two changes, and names what Terraform's line omits", () => {
  expect(
    summaryOf({
      resource_changes: [
        change("new.a", ["create"]),
        change("new.b", ["create"]),
        change("changed.a", ["update"]),
        change("replaced.a", ["delete", "create"]),
        change("gone.a", ["delete"]),
        change("forgotten.a", ["forget"]),
        moved("old.a", "moved.a"),
        imported("imported.a", ["update"]),
        change("same.a", ["no-op"], { previous_address: "same.a" }),
        change("data.a.b", ["read"]),
      ],
      output_changes: {
        one: { actions: ["create"] },
        two: { actions: ["update"] },
        same: { actions: ["no-op"] },
      },
    }),
  ).toBe(
    "Plan: 1 to import, 3 to add, 2 to change, 2 to destroy, 1 to move, 1 to forget, 2 outputs to change. " +
      "It imports imported.a; moves old.a to moved.a; forgets forgotten.a, which stays in AWS and is no longer managed; " +
      "changes the output one; changes the output two.",
  );
});

it("the summary always has Terraform's three counts, and the others if there are any", () => {
  expect(summaryOf({ resource_changes: [change("a.b", ["update"])] })).toBe(
    "Plan: 0 to add, 1 to change, 0 to destroy.",
  );
  expect(summaryOf({ output_changes: { a: { actions: ["delete"] } } })).toBe(
    "Plan: 0 to add, 0 to change, 0 to destroy, 1 output to change. It changes the output a.",
  );
  expect(summaryOf({ resource_changes: [imported("a.b", ["no-op"])] })).toBe(
    "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy. It imports a.b.",
  );
});

it("the summary names first the routes that a plan opens to anyone", () => {
  const route = (before: unknown, after: unknown, type = "aws_apigatewayv2_route") => {
    const one = change("aws_apigatewayv2_route.a", ["update"], { type });
    const values = (authorization_type: unknown) =>
      authorization_type === "gone" ? null : { authorization_type };
    return { ...one, change: { ...one.change, before: values(before), after: values(after) } };
  };
  const opens = (...of: Parameters<typeof route>) =>
    summaryOf({ resource_changes: [moved("old.a", "b.a"), route(...of)] }).includes(
      "It opens aws_apigatewayv2_route.a to anyone; moves",
    );
  for (const open of ["NONE", undefined, null]) {
    expect([open, opens("AWS_IAM", open), opens("JWT", open)]).toEqual([open, true, true]);
    expect([open, opens(open, "NONE"), opens(open, "JWT")]).toEqual([open, false, false]);
  }
  expect(opens("AWS_IAM", "JWT")).toBe(false);
  expect(opens("AWS_IAM", "gone")).toBe(false);
  expect(opens("gone", "NONE")).toBe(false);
  expect(opens("AWS_IAM", "NONE", "aws_apigateway_method")).toBe(false);
});

describe("the old versions in a bucket", () => {
  const rule = (days: number | undefined, enabled = true) => ({
    enabled,
    noncurrent_version_expiration: days === undefined ? [] : [{ days }],
  });
  const summary = (before: object | null, after: object | null, type = "aws_s3_bucket") => {
    const one = change("aws_s3_bucket.a", ["update"], { type });
    return summaryOf({ resource_changes: [{ ...one, change: { ...one.change, before, after } as never }] });
  };
  const bucket = (...rules: object[]) => ({ lifecycle_rule: rules });

  it.each([
    ["30 days", bucket(rule(30)), bucket(rule(10)), "after 10 days (until now: after 30 days)"],
    ["never", bucket(), bucket(rule(1)), "after 1 day (until now: never)"],
    ["no rules", {}, bucket(rule(30)), "after 30 days (until now: never)"],
    ["rules without days", bucket(rule(undefined)), bucket(rule(30)), "after 30 days (until now: never)"],
    ["a disabled rule", bucket(rule(5, false)), bucket(rule(30)), "after 30 days (until now: never)"],
    [
      "two rules",
      bucket(rule(30), rule(20)),
      bucket(rule(30), rule(7)),
      "after 7 days (until now: after 20 days)",
    ],
  ])("are named in the summary if they are deleted sooner: %s before", (_, before, after, text) => {
    expect(summary(before, after)).toBe(
      `Plan: 0 to add, 1 to change, 0 to destroy. It deletes old versions in aws_s3_bucket.a ${text}.`,
    );
  });

  it.each([
    ["later", bucket(rule(10)), bucket(rule(30))],
    ["as before", bucket(rule(10)), bucket(rule(10))],
    ["never any more", bucket(rule(10)), bucket(rule(10, false))],
    ["when AWS says", bucket(rule(10)), {}],
    ["with their bucket", bucket(), null],
    ["in a new bucket", null, bucket(rule(10))],
  ])("are not named if they are deleted %s", (_, before, after) => {
    expect(summary(before, after)).not.toContain("old versions");
  });

  it("are those of a bucket", () => {
    expect(summary(bucket(), bucket(rule(10)), "aws_other")).not.toContain("old versions");
  });
});

describe("the names in a summary", () => {
  // "changes the output " has 19 characters, and each name takes two more.
  const output = (length: number, digit: string) => digit.repeat(length - 19 - 2);
  const summary = (...names: string[]) =>
    summaryOf({
      output_changes: Object.fromEntries(names.map((name) => [name, { actions: ["create"] }])),
    }).replace(/^.*? It /, "");

  it("have at most 180 characters, with a count of the rest", () => {
    const [half, more] = [output(90, "a"), output(91, "b")];
    expect(summary(half, output(90, "b"))).toBe(
      `changes the output ${half}; changes the output ${output(90, "b")}.`,
    );
    expect(summary(half, more)).toBe(`changes the output ${half}; and 1 more: see the full plan.`);
    expect(summary(half, more, "c")).toBe(`changes the output ${half}; and 2 more: see the full plan.`);
    expect(summary(output(181, "a"))).toBe("and 1 more: see the full plan.");
    expect(summary(output(180, "a"))).toBe(`changes the output ${output(180, "a")}.`);
  });
});

import { changedResources, driftedResources } from "../../../tasks/diff/changed-resource";
import { plannedStack } from "../../../tasks/diff/stack-diff";
import type { Plan, ResourceChange } from "../../../tasks/terraform/plan";

/** Returns a change of a resource in a plan. */
function resource(
  address: string,
  change: Partial<ResourceChange["change"]>,
  others: Partial<ResourceChange> = {},
): ResourceChange {
  const whole = { actions: ["update"], before: {}, after: {}, after_unknown: {}, ...change };
  return { address, type: address.split(".")[0]!, change: whole, ...others };
}

const changed = (change: Partial<ResourceChange["change"]>) =>
  changedResources({ resource_changes: [resource("aws_s3_bucket.documents", change)] })[0]!;

describe("the changed resources of a plan", () => {
  it("are in the order in which a reviewer reads them, without those that stay", () => {
    const unchanged = { actions: ["no-op"] };
    const all = changedResources({
      resource_changes: [
        resource("a.stays", unchanged),
        resource("a.read", { actions: ["read"] }),
        resource("a.forgotten", { actions: ["forget"] }),
        resource("a.moved", unchanged, { previous_address: "a.old" }),
        resource("a.imported", { ...unchanged, importing: { id: "x" } }),
        resource("a.changed", { actions: ["update"] }),
        resource("a.created", { actions: ["create"] }),
        resource("a.replaced", { actions: ["create", "delete"] }),
        resource("a.destroyed", { actions: ["delete"] }),
      ],
    });
    expect(all.map(({ action, address }) => `${action} ${address}`)).toEqual(
      ["destroyed", "replaced", "created", "changed", "imported", "moved", "forgotten"].map(
        (action) => `${action} a.${action}`,
      ),
    );
    expect(changedResources({})).toEqual([]);
  });

  it("have attributes and reasons only where they are changed or replaced", () => {
    const change = { before: { a: 1, id: "x" }, after: { a: 2 }, after_unknown: { id: true } };
    const of = (...actions: string[]) => changed({ ...change, actions, replace_paths: [["a"]] });
    const value = { path: "a", before: "1", after: "2" };
    const id = { path: "id", before: '"x"', after: "(known after apply)" };
    expect(of("update")).toMatchObject({ because: [], attributes: [value, id] });
    // Each id of a new resource is another one.
    expect(of("delete", "create")).toMatchObject({ because: ["a"], attributes: [value] });
    for (const action of ["create", "delete", "forget"])
      expect(of(action)).toMatchObject({ because: [], attributes: [] });
  });
});

describe("a changed resource", () => {
  it("is not the commit of a version, which is only in the state", () => {
    const replaced = { actions: ["delete", "create"] };
    const plan = {
      resource_changes: [
        resource("terraform_data.api_commit_data_ECEA924C", replaced),
        resource("terraform_data.other", replaced),
      ],
    };
    expect(changedResources(plan).map(({ address }) => address)).toEqual(["terraform_data.other"]);
    expect(plannedStack("service-prod", plan).summary).toBe("Plan: 1 to add, 0 to change, 1 to destroy.");
  });

  it.each([
    [["delete"], "destroyed", "its objects"],
    [["delete", "create"], "replaced", "its objects"],
    [["create", "delete"], "replaced", "its objects"],
    [["create"], "created", undefined],
    [["update"], "changed", undefined],
  ])("of a stateful type loses something with %j only if it is destroyed", (actions, action, lost) => {
    expect(changed({ actions })).toMatchObject({ action, lost });
  });

  it.each([
    [true, undefined],
    [false, "its log events"],
    [undefined, "its log events"],
  ])("that is a log group loses its logs unless skip_destroy keeps it: %s", (skip_destroy, lost) => {
    const change = { actions: ["delete"], before: { skip_destroy }, after: null };
    const [group] = changedResources({
      resource_changes: [resource("aws_cloudwatch_log_group.api", change)],
    });
    expect(group?.lost).toBe(lost);
  });

  it("loses nothing when its type can be recreated", () => {
    const [role] = changedResources({
      resource_changes: [resource("aws_iam_role.api", { actions: ["delete"] }, { type: "constructor" })],
    });
    expect(role).toMatchObject({ action: "destroyed", lost: undefined });
  });

  it("can be moved or imported, and changed as well", () => {
    const [one] = changedResources({
      resource_changes: [resource("a.new", { importing: { id: "x" } }, { previous_address: "a.old" })],
    });
    expect(one).toMatchObject({ action: "changed", isImported: true, movedFrom: "a.old" });
  });

  it("is replaced because of an argument, or for the reason that Terraform gives", () => {
    const actions = ["delete", "create"];
    expect(changed({ actions, replace_paths: [["bucket"], ["rule", 0, "id"]] }).because).toEqual([
      "bucket",
      "rule.0.id",
    ]);
    const reasons = [
      "replace_because_tainted",
      "replace_by_request",
      "replace_by_triggers",
      "another",
      undefined,
    ];
    const all = changedResources({
      resource_changes: reasons.map((action_reason) => resource("a.b", { actions }, { action_reason })),
    });
    expect(all.map(({ because }) => because)).toEqual([
      ["it is tainted"],
      ["it was requested"],
      ["a resource that it follows changes (replace_triggered_by)"],
      ["Terraform gives no reason"],
      ["Terraform gives no reason"],
    ]);
  });

  it("shows the statement of a policy that changes, not the whole document", () => {
    const policy = (action: string) => ({
      policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action }] }),
    });
    expect(changed({ before: policy("s3:GetObject"), after: policy("s3:*") }).attributes).toEqual([
      { path: "policy.Statement.0.Action", before: '"s3:GetObject"', after: '"s3:*"' },
    ]);
  });

  it("shows no sensitive value, at any depth and in any other attribute", () => {
    const one = changed({
      before: { url: "secret-before", nested: [{ token: "secret-before", name: "a" }], copy: null },
      after: { url: "secret-before", nested: [{ token: "secret-after", name: "b" }], copy: "secret-after" },
      before_sensitive: { nested: [{ token: true }] },
      after_sensitive: { nested: [{ token: true }] },
    });
    expect(JSON.stringify(one)).not.toContain("secret-");
    expect(one.attributes.map(({ path, after }) => [path, after])).toEqual([
      ["nested.a", "(none)"],
      ["nested.b", '{"token":"(sensitive value)","name":"b"}'],
      ["copy", "(sensitive value)"],
    ]);
  });

  it("shows nothing of an attribute that is sensitive as a whole", () => {
    const one = changed({
      before: { secrets: { a: "secret-before" } },
      after: { secrets: { a: "secret-after" } },
      before_sensitive: { secrets: true },
      after_sensitive: { secrets: true },
    });
    expect(one.attributes).toEqual([
      { path: "secrets", before: "(sensitive value)", after: "(sensitive value)" },
    ]);
  });

  it.each([
    ["appears", null, "secret-after", "(none)", "(sensitive value)"],
    ["disappears", "secret-before", null, "(sensitive value)", "(none)"],
    ["changes", "secret-before", "secret-after", "(sensitive value)", "(sensitive value)"],
  ])("shows that a sensitive value %s", (_, before, after, shownBefore, shownAfter) => {
    const sensitive = { before_sensitive: { key: true }, after_sensitive: { key: true } };
    expect(changed({ before: { key: before }, after: { key: after }, ...sensitive }).attributes).toEqual([
      { path: "key", before: shownBefore, after: shownAfter },
    ]);
  });

  it("shows nothing of a sensitive value that stays", () => {
    const values = { key: "secret-value", list: ["secret-value"] };
    const marks = { key: true, list: [true] };
    const change = { before_sensitive: marks, after_sensitive: marks, before: values, after: values };
    expect(changed(change).attributes).toEqual([]);
    expect(changed({ ...change, before: { ...values, name: "a" } }).attributes).toMatchObject([
      { path: "name" },
    ]);
  });

  it("shows which values AWS generates", () => {
    const one = changed({
      before: { arn: "old", key: "secret-before", rule: [{ id: "r1", days: 1 }] },
      after: { rule: [{ days: 1 }] },
      after_unknown: { arn: true, key: true, url: true, rule: [{ id: true }] },
      before_sensitive: { key: true },
    });
    expect(one.attributes).toEqual([
      { path: "arn", before: '"old"', after: "(known after apply)" },
      { path: "key", before: "(sensitive value)", after: "(known after apply)" },
      { path: "rule.0.id", before: '"r1"', after: "(known after apply)" },
      { path: "url", before: "(none)", after: "(known after apply)" },
    ]);
  });

  it("leaves out a value that is empty before and after", () => {
    expect(
      changed({ before: { tags: null, a: 1, b: "" }, after: { tags: {}, a: 2, b: null } }).attributes,
    ).toEqual([{ path: "a", before: "1", after: "2" }]);
  });

  it("shows which values are empty and which are not set", () => {
    const before = { text: "a", none: "a" };
    expect(changed({ before, after: { text: "", none: null } }).attributes).toMatchObject([
      { path: "text", after: '""' },
      { path: "none", after: "(none)" },
    ]);
  });

  it("has text in one line, without invisible characters", () => {
    const [one] = changedResources({
      resource_changes: [resource('a.b["x\u202e\n"]', { before: { n: "a\u200b" }, after: { n: "b\nc" } })],
    });
    expect(one!.address).toBe('a.b["x\\u202e\\u000a"]');
    expect(one!.attributes).toEqual([{ path: "n", before: '"a\\u200b"', after: '"b\\nc"' }]);
  });

  it("of 2,000 stays one of a bounded size", () => {
    const value = { policy: "x".repeat(100_000) };
    const plan: Plan = {
      resource_changes: Array.from({ length: 2000 }, (_, index) =>
        resource(`a.b${index}`, { before: value, after: { policy: `${index}${value.policy}` } }),
      ),
    };
    const stack = plannedStack("service-dev", plan);
    expect(stack.resources).toHaveLength(2000);
    expect(JSON.stringify(stack).length).toBeLessThan(2000 * 1000);
  });
});

describe("drift", () => {
  const drifted = (change: Partial<ResourceChange["change"]>) => ({
    resource_drift: [resource("aws_lambda_alias.live", change)],
  });

  it("is an attribute that was changed, or a resource that was deleted", () => {
    expect(driftedResources(drifted({ before: { a: 1 }, after: { a: 2 } }))).toEqual([
      {
        address: "aws_lambda_alias.live",
        isDeleted: false,
        attributes: [{ path: "a", before: "1", after: "2" }],
      },
    ]);
    expect(driftedResources(drifted({ actions: ["delete"], after: null }))).toMatchObject([
      { isDeleted: true },
    ]);
  });

  it("is not what the configuration ignores, what only moves, or what is empty either way", () => {
    const set = new Map([["aws_lambda_alias.live", ["tags"]]]);
    const change = {
      before: { function_version: "1", tags: null },
      after: { function_version: "2", tags: {} },
    };
    expect(driftedResources(drifted(change), set)).toEqual([]);
    expect(driftedResources(drifted({ actions: ["no-op"] }))).toEqual([]);
    expect(driftedResources(drifted(change))).toHaveLength(1);
  });

  it("is not what AWS reports of other resources, or by default", () => {
    const set = new Map([["aws_lambda_alias.live", ["name", "rule"]]]);
    const change = {
      before: { inline_policy: [], rule: [{ enabled: null, days: 1 }] },
      after: { inline_policy: [{ name: "rights" }], rule: [{ enabled: false, days: 1 }] },
    };
    expect(driftedResources(drifted(change), set)).toEqual([]);
    const changed = { ...change, after: { inline_policy: [], rule: [{ enabled: null, days: 2 }] } };
    expect(driftedResources(drifted(changed), set)).toMatchObject([
      { attributes: [{ path: "rule.0.days" }] },
    ]);
  });

  it("is a value that was removed, or that differs from the default", () => {
    const attributes = (before: unknown, after: unknown) =>
      driftedResources(drifted({ before: { a: before }, after: { a: after } })).flatMap(
        (one) => one.attributes,
      );
    for (const [before, after] of [
      [true, false],
      [3, 0],
      [null, true],
      [null, 7],
    ])
      expect(attributes(before, after)).toHaveLength(1);
    for (const [before, after] of [
      [null, false],
      [null, 0],
      [null, ""],
    ])
      expect(attributes(before, after)).toEqual([]);
    expect(driftedResources({})).toEqual([]);
  });

  it("is what the plan changes back, although the argument is not set", () => {
    const set = new Map([["aws_lambda_alias.live", ["name"]]]);
    const before = { tags: null, name: "live" };
    const after = { tags: { by: "hand" }, name: "live" };
    const plan = {
      ...drifted({ before, after }),
      resource_changes: [resource("aws_lambda_alias.live", { before: after, after: before })],
    };
    expect(driftedResources(plan, set)).toMatchObject([{ attributes: [{ path: "tags" }] }]);
  });
});

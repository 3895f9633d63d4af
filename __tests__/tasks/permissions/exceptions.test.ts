import { addedPermissions, readPolicy } from "../../../tasks/permissions/policy";

const policy = (...Statement: object[]) => readPolicy(JSON.stringify({ Version: "2012-10-17", Statement }));
const allow = (more: object) => policy({ Effect: "Allow", ...more });

describe("a statement with an exception", () => {
  it.each<[string, object, object, string]>([
    [
      "NotAction",
      { NotAction: "iam:*", Resource: "*" },
      { Action: "s3:*", Resource: "*" },
      "all but iam:* on *",
    ],
    [
      "NotResource",
      { Action: "s3:*", NotResource: "a" },
      { Action: "s3:*", Resource: "*" },
      "s3:* on all but a",
    ],
    [
      "NotPrincipal",
      { Action: "s3:*", Resource: "*", NotPrincipal: { AWS: "a" } },
      { Action: "s3:*", Resource: "*", Principal: "*" },
      "s3:* on * by all but a",
    ],
  ])("counts as added to one without, and vice versa: %s", (_, exception, plain, words) => {
    expect(addedPermissions(allow(exception), allow(plain))).toEqual([words]);
    expect(addedPermissions(allow(plain), allow(exception))).toHaveLength(1);
    expect(addedPermissions(allow(exception), allow(exception))).toEqual([]);
  });

  it.each<[string, object, object]>([
    // Without its exception, each would lack the same element as the statement that it is compared with.
    ["NotAction", { Resource: "*" }, { NotAction: "iam:*", Resource: "*" }],
    ["NotResource", { Action: "sts:AssumeRole" }, { Action: "sts:AssumeRole", NotResource: "a" }],
    [
      "NotPrincipal",
      { Action: "s3:*", Resource: "*" },
      { Action: "s3:*", Resource: "*", NotPrincipal: { AWS: "a" } },
    ],
  ])("does not cover a statement without that element: %s", (_, plain, exception) => {
    expect(addedPermissions(allow(plain), allow(exception))).toHaveLength(1);
    expect(addedPermissions(allow(exception), allow(plain))).toHaveLength(1);
  });

  it("is shown whole if a part of it changes", () => {
    const now = { NotAction: ["iam:*", "sts:*"], Resource: ["a", "b"] };
    expect(addedPermissions(allow(now), allow({ ...now, Resource: ["a"] }))).toEqual([
      "all but iam:*, sts:* on a, b",
    ]);
    expect(addedPermissions(allow({ Action: ["s3:a", "s3:b"], NotResource: ["c", "d"] }), [])).toEqual([
      "s3:a, s3:b on all but c, d",
    ]);
    expect(
      addedPermissions(
        allow({ Action: ["s3:a", "s3:b"], Resource: "e", NotPrincipal: { AWS: ["f"], Service: ["g", "h"] } }),
        [],
      ),
    ).toEqual(["s3:a, s3:b on e by all but f, g, h"]);
  });

  it("is shown when it is no longer denied", () => {
    const deny = policy({ Effect: "Deny", NotAction: "iam:*", Resource: "*" });
    expect(addedPermissions([], deny)).toEqual(["no longer denied all but iam:* on *"]);
    expect(addedPermissions(policy({ Effect: "Deny", Action: "s3:*", Resource: "*" }), deny)).toHaveLength(1);
    expect(addedPermissions(deny, deny)).toEqual([]);
  });
});

describe("the principal of a statement", () => {
  const to = (Principal: unknown, more: object = {}) =>
    allow({ Principal, Action: "sts:AssumeRole", ...more });

  it("covers other principals only as a star, and none of another type", () => {
    expect(addedPermissions(to({ AWS: "123456789012" }), to("*"))).toEqual([]);
    expect(addedPermissions(to({ AWS: "123456789012" }), to({ AWS: "*" }))).toEqual([]);
    expect(addedPermissions(to({ AWS: "a" }), to({ Service: "*" }))).toEqual(["sts:AssumeRole by a"]);
    expect(addedPermissions(to({ Service: "a" }), to({ AWS: "a" }))).toEqual(["sts:AssumeRole by a"]);
    expect(addedPermissions(to({ AWS: ["a", "b"], Service: "c" }), to({ AWS: "a" }))).toEqual([
      "sts:AssumeRole by b",
      "sts:AssumeRole by c",
    ]);
  });

  it("is not a star if it is missing, as in a role's policy", () => {
    const without = allow({ Action: "sts:AssumeRole" });
    expect(addedPermissions(without, to("*"))).toEqual(["sts:AssumeRole"]);
    expect(addedPermissions(to("*"), without)).toEqual(["sts:AssumeRole by *"]);
    expect(addedPermissions(to({ AWS: "a" }), without)).toEqual(["sts:AssumeRole by a"]);
    expect(addedPermissions(without, without)).toEqual([]);
  });

  it("is compared together with action and resource", () => {
    const before = policy(
      { Effect: "Allow", Principal: { AWS: "a" }, Action: "s3:Get*", Resource: "x" },
      { Effect: "Allow", Principal: { AWS: "b" }, Action: "s3:Put*", Resource: "x" },
    );
    const now = (name: string, Action: string, Resource = "x") =>
      allow({ Principal: { AWS: name }, Action, Resource });
    expect(addedPermissions(now("a", "s3:GetObject"), before)).toEqual([]);
    expect(addedPermissions(now("b", "s3:GetObject"), before)).toEqual(["s3:GetObject on x by b"]);
    expect(addedPermissions(now("a", "s3:GetObject", "y"), before)).toEqual(["s3:GetObject on y by a"]);
  });
});

describe("a statement without an action or a resource", () => {
  it("is covered only by one that lacks the same", () => {
    expect(addedPermissions(allow({ Action: "s3:*" }), allow({ Action: "s3:*", Resource: "a" }))).toEqual([
      "s3:*",
    ]);
    expect(addedPermissions(allow({ Action: "s3:*", Resource: "a" }), allow({ Action: "s3:*" }))).toEqual([
      "s3:* on a",
    ]);
    expect(addedPermissions(allow({ Resource: "a" }), allow({ Action: "s3:*", Resource: "a" }))).toEqual([
      "on a",
    ]);
  });
});

describe("conditions", () => {
  const under = (Condition: object) => allow({ Action: "a:b", Resource: "*", Condition });

  it("compare patterns by what they match only if the operator accepts patterns", () => {
    for (const operator of [
      "StringLike",
      "ArnLike",
      "ArnEquals",
      "ForAnyValue:StringLike",
      "ForAllValues:ArnLike",
    ]) {
      expect([
        operator,
        addedPermissions(under({ [operator]: { k: "ab*" } }), under({ [operator]: { k: "a*" } })),
      ]).toEqual([operator, []]);
    }
    for (const operator of ["StringNotLike", "ArnNotLike", "ArnNotEquals"]) {
      expect([
        operator,
        addedPermissions(under({ [operator]: { k: "a*" } }), under({ [operator]: { k: "ab" } })),
      ]).toEqual([operator, []]);
    }
    for (const operator of ["StringEquals", "StringNotEquals", "IpAddress", "DateLessThan", "x:StringLike"]) {
      expect(
        addedPermissions(under({ [operator]: { k: "ab" } }), under({ [operator]: { k: "a*" } })),
      ).toHaveLength(1);
      expect(
        addedPermissions(under({ [operator]: { k: "a*" } }), under({ [operator]: { k: "ab" } })),
      ).toHaveLength(1);
    }
  });

  it("are shown with every key, operator and value", () => {
    expect(
      addedPermissions(under({ StringEquals: { A: ["1", "2"], B: "3" }, Bool: { C: true } }), []),
    ).toEqual(["a:b on * where a StringEquals 1, 2 and b StringEquals 3 and c Bool true"]);
  });

  it("are met only by a value of the same key and operator", () => {
    const before = under({ StringEquals: { k: ["1", "2"] } });
    expect(addedPermissions(under({ StringEquals: { k: "1" }, Bool: { l: true } }), before)).toEqual([]);
    expect(addedPermissions(under({ StringEquals: { l: "1" } }), before)).toHaveLength(1);
    expect(addedPermissions(under({ StringEqualsIgnoreCase: { k: "1" } }), before)).toHaveLength(1);
    expect(
      addedPermissions(under({ NumericEquals: { k: [1, 2] } }), under({ NumericEquals: { k: ["1", "2"] } })),
    ).toEqual([]);
  });
});

it.each<[string, unknown]>([
  ["no statement", { Version: "2012-10-17" }],
  ["a statement that is a string", { Statement: "all" }],
  ["an action that is a number", { Statement: { Effect: "Allow", Action: 1 } }],
  ["a resource that is an object", { Statement: { Effect: "Allow", Resource: {} } }],
  ["a principal that is a string other than a star", { Statement: { Effect: "Allow", Principal: "a" } }],
  ["no effect", { Statement: [{ Action: "s3:*" }] }],
  ["a lower-case effect", { Statement: [{ Effect: "allow", Action: "s3:*" }] }],
])("a document with %s is refused", (_, document) => {
  expect(() => readPolicy(JSON.stringify(document))).toThrow();
});

it("a single statement is read like a list of one", () => {
  const one = { Effect: "Deny", Action: "s3:*", Resource: "*" };
  expect(readPolicy(JSON.stringify({ Statement: one }))).toEqual(policy(one));
});

import {
  permissionsProblem,
  resourcePolicyProblem,
  trustProblem,
} from "../../../tasks/barrier/policy-document";
import type { Json, JsonObject } from "../../../stacks/stack-json";

const document = (...Statement: Json[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const account = "${data.aws_caller_identity.c_1.account_id}";
const root = `arn:\${data.aws_partition.p.partition}:iam::${account}:root`;
const keys = "Sid, Effect, Principal, Action, Resource, Condition";

describe("a trust policy", () => {
  const trust = (Principal: Json, more: JsonObject = {}) =>
    document({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more });
  const problem = (...statements: string[]) =>
    statements.map((one) => trustProblem(one, ["a.amazonaws.com", "b.amazonaws.com"]))[0];

  it("can trust the listed services, one or several, with expressions of the stack", () => {
    expect(problem(trust({ Service: "a.amazonaws.com" }))).toBeUndefined();
    expect(problem(trust({ Service: ["a.amazonaws.com", "b.amazonaws.com"] }))).toBeUndefined();
    expect(
      problem(trust({ Service: "b.amazonaws.com" }, { Sid: "x", Condition: { Bool: { a: "true" } } })),
    ).toBeUndefined();
  });

  it.each<[Json, string]>([
    [{ Service: "c.amazonaws.com" }, '"c.amazonaws.com"'],
    [{ Service: ["a.amazonaws.com", "c.amazonaws.com"] }, '"c.amazonaws.com"'],
    [{ Service: "a.amazonaws.com", AWS: "*" }, JSON.stringify('AWS "*"')],
    [{ AWS: "a.amazonaws.com" }, JSON.stringify('AWS "a.amazonaws.com"')],
    [{ Federated: ["x", "y"] }, JSON.stringify('Federated "x"')],
    [{ AWS: root }, JSON.stringify(`AWS ${JSON.stringify(root)}`)],
    [{ Service: [] }, '{"Service":[]}'],
    [{ Service: { a: 1 } }, '{"a":1}'],
    [{}, "{}"],
    ["*", '"*"'],
    [["a.amazonaws.com"], '["a.amazonaws.com"]'],
  ])("refuses another principal: %j", (principal, stranger) => {
    expect(problem(trust(principal))).toBe(
      `allows the principal ${stranger} (allowed: a.amazonaws.com, b.amazonaws.com)`,
    );
  });

  it("must have a principal", () => {
    expect(problem(document({ Effect: "Allow", Action: "sts:AssumeRole" }))).toBe(
      'allows the principal "*" (allowed: a.amazonaws.com, b.amazonaws.com)',
    );
    expect(trustProblem(trust("*"), [])).toBe('allows the principal "*" (allowed: none)');
  });

  it.each<[string, JsonObject]>([
    ["denies", { Effect: "Deny" }],
    ["tags sessions", { Action: "sts:TagSession" }],
    ["has a list of actions", { Action: ["sts:AssumeRole"] }],
    ["has any action", { Action: "*" }],
  ])("is refused if a statement %s", (_, more) => {
    expect(problem(trust({ Service: "a.amazonaws.com" }, more))).toBe(
      "does more than to allow sts:AssumeRole",
    );
  });

  it("is refused with other keys", () => {
    for (const key of ["Resource", "NotPrincipal", "NotAction", "principal"])
      expect(problem(trust({ Service: "a.amazonaws.com" }, { [key]: "x" }))).toBe(
        `has ${key} in a statement: only Sid, Effect, Principal, Action, Condition are allowed`,
      );
  });
});

describe("any policy", () => {
  const good: JsonObject = { Effect: "Allow", Action: "s3:*", Resource: "*" };

  it("is parsed only if it is unambiguous", () => {
    expect(permissionsProblem(document(good))).toBeUndefined();
    for (const text of [
      document(good).replace(",", ", "),
      ` ${document(good)}`,
      '{"Statement":[],"Statement":[{"Effect":"Allow"}]}',
      "no JSON",
      "",
      "null",
      '"text"',
      "[]",
      '{"Statement":[]}',
      '{"Statement":{"Effect":"Allow"}}',
      '{"statement":[{"Effect":"Allow"}]}',
    ])
      expect([text, permissionsProblem(text)]).toEqual([text, "is not a policy document with statements"]);
    for (const value of [undefined, null, 1, { Statement: [good] }, [document(good)]])
      expect(permissionsProblem(value)).toBe("is not a policy document with statements");
  });

  it("must have statements that are objects with an effect", () => {
    expect(permissionsProblem(document(good, "x"))).toBe("has a statement that is not an object");
    expect(permissionsProblem(document(good, []))).toBe("has a statement that is not an object");
    expect(permissionsProblem(document(good, null))).toBe("has a statement that is not an object");
    for (const Effect of ["allow", "", null, ["Allow"]])
      expect(permissionsProblem(document(good, { ...good, Effect }))).toBe(
        "has a statement without an effect",
      );
    expect(permissionsProblem(document(good, { Action: "s3:*" }))).toBe("has a statement without an effect");
  });

  it("is refused for a role with a principal or an exception", () => {
    const most = { ...good, Sid: "a", Condition: {} };
    expect(permissionsProblem(document(most, { ...most, Effect: "Deny" }))).toBeUndefined();
    for (const key of ["Principal", "NotAction", "NotResource"])
      expect(permissionsProblem(document(good, { ...good, [key]: "x" }))).toBe(
        `has ${key} in a statement: only Sid, Effect, Action, Resource, Condition are allowed`,
      );
  });
});

describe("a resource's policy", () => {
  const statement = (more: JsonObject): JsonObject => ({
    Effect: "Allow",
    Action: "s3:*",
    Resource: "*",
    ...more,
  });
  const service = { Service: "a.amazonaws.com" };
  const own = { StringEquals: { "aws:SourceAccount": account } };
  const withoutAccount =
    "allows a service without the condition StringEquals aws:SourceAccount of this account";

  it("can allow a listed service for this account", () => {
    const both = {
      StringEquals: { "aws:SourceAccount": account, "aws:SourceArn": "x" },
      Bool: { a: "true" },
    };
    for (const Condition of [own, both])
      expect(
        resourcePolicyProblem(document(statement({ Sid: "x", Principal: service, Condition })), [
          "a.amazonaws.com",
        ]),
      ).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ["no condition", {}],
    ["an empty one", { Condition: {} }],
    ["another account", { Condition: { StringEquals: { "aws:SourceAccount": "999999999999" } } }],
    ["any of several accounts", { Condition: { StringEquals: { "aws:SourceAccount": [account, "9"] } } }],
    ["a list of this account", { Condition: { StringEquals: { "aws:SourceAccount": [account] } } }],
    ["a pattern", { Condition: { StringLike: { "aws:SourceAccount": account } } }],
    ["another key", { Condition: { StringEquals: { "aws:PrincipalAccount": account } } }],
    ["another account besides", { Condition: { StringEquals: { "aws:SourceAccount": `${account}9` } } }],
    ["only if it is there", { Condition: { StringEqualsIfExists: { "aws:SourceAccount": account } } }],
  ])("does not allow a service with %s", (_, more) => {
    expect(
      resourcePolicyProblem(document(statement({ Principal: service, ...more })), ["a.amazonaws.com"]),
    ).toBe(withoutAccount);
  });

  it("can deny anything to all principals", () => {
    expect(
      resourcePolicyProblem(document(statement({ Effect: "Deny", Principal: "*" })), []),
    ).toBeUndefined();
  });

  it("is checked in every statement", () => {
    const deny = statement({ Effect: "Deny", Principal: "*" });
    expect(resourcePolicyProblem(document(deny, statement({ Principal: "*" })), [])).toBe(
      'allows the principal "*" (allowed: none)',
    );
    expect(resourcePolicyProblem(document(deny, statement({ NotPrincipal: "*" })), [])).toBe(
      `has NotPrincipal in a statement: only ${keys} are allowed`,
    );
  });

  it("allows the account's root only if it is listed, and alone", () => {
    const problem = (Principal: Json, admitted: string[]) =>
      resourcePolicyProblem(document(statement({ Principal, Condition: own })), admitted);
    const rootAlone = resourcePolicyProblem(document(statement({ Principal: { AWS: root } })), ["root"]);
    expect(rootAlone).toBeUndefined();
    expect(problem({ AWS: root }, ["a.amazonaws.com"])).toMatch(
      /^allows the principal .* \(allowed: a\.amazonaws\.com\)$/,
    );
    expect(problem({ AWS: root }, [])).toMatch(/\(allowed: none\)$/);
    expect(problem({ AWS: root, Service: "b.amazonaws.com" }, ["root", "b.amazonaws.com"])).toMatch(
      /^allows the principal/,
    );
    for (const other of [
      "*",
      "arn:aws:iam::999999999999:root",
      root.replace(":root", ":user/x"),
      `${root}x`,
      account,
      [root],
    ])
      expect(problem({ AWS: other }, ["root"])).toMatch(/^allows the principal .* \(allowed: none\)$/);
    // `root` is no service.
    expect(problem({ Service: "root" }, ["root", "a.amazonaws.com"])).toBe(
      'allows the principal "root" (allowed: a.amazonaws.com)',
    );
    expect(problem({ Federated: root }, ["root"])).toMatch(/^allows the principal/);
  });
});

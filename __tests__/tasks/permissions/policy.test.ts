import fc from "fast-check";
import { addedPermissions, readPolicy, type Statement } from "../../../tasks/permissions/policy";

const policy = (...Statement: object[]) => readPolicy(JSON.stringify({ Version: "2012-10-17", Statement }));
const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const under = (Condition: object) => policy(allow("iam:CreateRole", "*", { Condition }));

it("equal policies have no added permissions, however they are written", () => {
  const one = policy(allow(["s3:GetObject", "s3:PutObject"], ["a/*", "b/*"]));
  const apart = policy(
    allow("S3:getobject", "a/*"),
    allow("s3:GetObject", ["b/*"]),
    allow(["s3:PutObject"], ["b/*", "a/*"]),
  );
  expect(addedPermissions(one, apart)).toEqual([]);
  expect(addedPermissions(apart, one)).toEqual([]);
});

it("a narrower policy has no added permissions", () => {
  const before = policy(allow("s3:*", "bucket/*"), { Effect: "Deny", Action: "s3:Delete*", Resource: "*" });
  const now = policy(allow(["s3:GetObject", "s3:List*"], "bucket/documents/*"), {
    Effect: "Deny",
    Action: "s3:*",
    Resource: "*",
  });
  expect(addedPermissions(now, before)).toEqual([]);
  expect(
    addedPermissions(
      [],
      before.filter(({ Effect }) => Effect === "Allow"),
    ),
  ).toEqual([]);
});

it("another action, another resource and a wildcard are listed separately", () => {
  const before = policy(allow(["s3:GetObject", "s3:PutObject"], ["a/*", "b/*"]));
  expect(
    addedPermissions(policy(allow(["s3:GetObject", "s3:DeleteObject"], ["a/*", "c/*"])), before),
  ).toEqual(["s3:GetObject on c/*", "s3:DeleteObject on a/*", "s3:DeleteObject on c/*"]);
  expect(addedPermissions(policy(allow("s3:Get*", "a/*")), before)).toEqual(["s3:Get* on a/*"]);
  expect(addedPermissions(policy(allow("s3:GetObject", "*")), before)).toEqual(["s3:GetObject on *"]);
});

it("permissions that a missing or narrower denial no longer denies are listed", () => {
  const deny = (Action: string) => policy({ Effect: "Deny", Action, Resource: "*" });
  expect(addedPermissions([], deny("iam:*User*"))).toEqual(["no longer denied iam:*User* on *"]);
  expect(addedPermissions(deny("iam:CreateUser"), deny("iam:*User*"))).toEqual([
    "no longer denied iam:*User* on *",
  ]);
  expect(addedPermissions(deny("iam:*"), deny("iam:*User*"))).toEqual([]);
});

it("a permission that was denied before was not allowed before", () => {
  const denial = { Effect: "Deny", Action: "iam:*", Resource: "*" };
  expect(addedPermissions(policy(denial, allow("iam:CreateUser")), policy(denial))).toEqual([
    "iam:CreateUser on *",
  ]);
});

it("permissions that a missing condition allows are listed, and an additional condition adds none", () => {
  const bound = under({ StringEquals: { "iam:PermissionsBoundary": "b" } });
  const more = under({
    StringEquals: { "IAM:permissionsboundary": ["b"] },
    Bool: { "aws:MultiFactorAuthPresent": true },
  });
  expect(addedPermissions(under({}), bound)).toEqual(["iam:CreateRole on *"]);
  expect(addedPermissions(more, bound)).toEqual([]);
  expect(addedPermissions(bound, more)).toEqual([
    "iam:CreateRole on * where iam:permissionsboundary StringEquals b",
  ]);
});

it.each([
  ["an additional value", { StringEquals: { k: ["a", "b"] } }, { StringEquals: { k: "a" } }],
  ["another value", { StringEquals: { k: "b" } }, { StringEquals: { k: "a" } }],
  ["a wider pattern", { ArnLike: { k: "arn:*" } }, { ArnLike: { k: "arn:a:*" } }],
  ["another operator", { StringLike: { k: "a" } }, { StringEquals: { k: "a" } }],
  ["an exclusion fewer", { StringNotEquals: { k: "a" } }, { StringNotEquals: { k: ["a", "b"] } }],
  [
    "an excluded network fewer",
    { NotIpAddress: { k: "10.0.0.0/8" } },
    { NotIpAddress: { k: ["10.0.0.0/8", "::1/128"] } },
  ],
  ["a pattern where the operator compares text", { StringEquals: { k: "x" } }, { StringEquals: { k: "*" } }],
])("%s in a condition is an added permission", (_, now, before) => {
  expect(addedPermissions(under(now), under(before))).toHaveLength(1);
});

it.each([
  ["a value fewer", { StringEquals: { k: "a" } }, { StringEquals: { k: ["a", "b"] } }],
  ["a narrower pattern", { ArnEquals: { k: "arn:a:*" } }, { ArnEquals: { k: "arn:*" } }],
  ["an additional exclusion", { StringNotLike: { k: ["a", "b*"] } }, { StringNotLike: { k: "a" } }],
])("%s in a condition is not an added permission", (_, now, before) => {
  expect(addedPermissions(under(now), under(before))).toEqual([]);
});

it("trust policies are compared like permissions", () => {
  const trust = (Principal: unknown, Condition = {}) =>
    policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", Condition });
  const build = trust({ Service: "codebuild.amazonaws.com" });
  expect(addedPermissions(build, build)).toEqual([]);
  expect(
    addedPermissions(trust({ Service: ["codebuild.amazonaws.com", "ec2.amazonaws.com"] }), build),
  ).toEqual(["sts:AssumeRole by ec2.amazonaws.com"]);
  expect(addedPermissions(trust("*"), build)).toEqual(["sts:AssumeRole by *"]);
  expect(addedPermissions(build, trust("*"))).toEqual([]);
  expect(
    addedPermissions(build, trust({ Service: "codebuild.amazonaws.com" }, { Bool: { k: "true" } })),
  ).toHaveLength(1);
});

it("a statement with exceptions is compared as a whole", () => {
  const all = policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" });
  expect(addedPermissions(all, all)).toEqual([]);
  expect(addedPermissions(all, policy(allow("s3:*")))).toEqual(["all but iam:* on *"]);
  expect(addedPermissions(policy(allow("s3:*")), all)).toEqual(["s3:* on *"]);
});

it("a text that is not a policy is refused", () => {
  expect(() => readPolicy('{"Statement":[{"Effect":"Maybe"}]}')).toThrow();
  expect(() => readPolicy("no JSON")).toThrow();
});

/** Decides as IAM does, for the elements that these policies have. */
function isAllowed(statements: readonly Statement[], action: string, resource: string, k: string): boolean {
  const matches = (glob: string, text: string) =>
    new RegExp(`^${glob.replaceAll("?", ".").replaceAll("*", ".*")}$`).test(text);
  const applies = ({ Action, Resource, Condition }: Statement) =>
    Action!.some((glob) => matches(glob, action)) &&
    Resource!.some((glob) => matches(glob, resource)) &&
    Object.entries(Condition).every(([operator, { k: values = [] }]) =>
      operator === "StringEquals" ? values.includes(k) : !values.includes(k),
    );
  const applying = statements.filter(applies);
  return applying.length > 0 && applying.every(({ Effect }) => Effect === "Allow");
}

const globs = fc.uniqueArray(
  fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 3 }),
  {
    minLength: 1,
    maxLength: 2,
  },
);
const statement = fc.record({
  Effect: fc.constantFrom("Allow", "Allow", "Deny"),
  Action: globs,
  Resource: globs,
  Condition: fc.oneof(
    fc.constant({}),
    fc.record({ StringEquals: fc.record({ k: fc.subarray(["1", "2", "3"], { minLength: 1 }) }) }),
    fc.record({ StringNotEquals: fc.record({ k: fc.subarray(["1", "2"], { minLength: 1 }) }) }),
  ),
});
const text = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 3 });

it("everything that is allowed was allowed before if no permission is added", () => {
  let narrower = 0;
  fc.assert(
    fc.property(
      fc.array(statement, { maxLength: 3 }),
      fc.array(statement, { maxLength: 3 }),
      fc.array(fc.tuple(text, text, fc.constantFrom("1", "2", "3")), { minLength: 20, maxLength: 20 }),
      (some, others, requests) => {
        // What is compared has something in common, as two versions of a policy have.
        const [before, now] = [policy(...some), policy(...some.slice(1), ...others.slice(1))];
        if (addedPermissions(now, before).length > 0) return;
        narrower++;
        for (const [action, resource, k] of requests) {
          if (isAllowed(now, action, resource, k)) expect(isAllowed(before, action, resource, k)).toBe(true);
        }
      },
    ),
    { numRuns: 3_000 },
  );
  expect(narrower).toBeGreaterThan(500);
});

import fc from "fast-check";
import { readPolicy, widened, type Statement } from "../../../tasks/permissions/policy";

const policy = (...Statement: object[]) => readPolicy(JSON.stringify({ Version: "2012-10-17", Statement }));
const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const under = (Condition: object) => policy(allow("iam:CreateRole", "*", { Condition }));

it("the same policy is not wider, however it is written", () => {
  const one = policy(allow(["s3:GetObject", "s3:PutObject"], ["a/*", "b/*"]));
  const apart = policy(
    allow("S3:getobject", "a/*"),
    allow("s3:GetObject", ["b/*"]),
    allow(["s3:PutObject"], ["b/*", "a/*"]),
  );
  expect(widened(one, apart)).toEqual([]);
  expect(widened(apart, one)).toEqual([]);
});

it("a narrower policy is not wider", () => {
  const before = policy(allow("s3:*", "bucket/*"), { Effect: "Deny", Action: "s3:Delete*", Resource: "*" });
  const now = policy(allow(["s3:GetObject", "s3:List*"], "bucket/documents/*"), {
    Effect: "Deny",
    Action: "s3:*",
    Resource: "*",
  });
  expect(widened(now, before)).toEqual([]);
  expect(
    widened(
      [],
      before.filter(({ Effect }) => Effect === "Allow"),
    ),
  ).toEqual([]);
});

it("another action, another resource and a wildcard are named, each by itself", () => {
  const before = policy(allow(["s3:GetObject", "s3:PutObject"], ["a/*", "b/*"]));
  expect(widened(policy(allow(["s3:GetObject", "s3:DeleteObject"], ["a/*", "c/*"])), before)).toEqual([
    "s3:GetObject on c/*",
    "s3:DeleteObject on a/*",
    "s3:DeleteObject on c/*",
  ]);
  expect(widened(policy(allow("s3:Get*", "a/*")), before)).toEqual(["s3:Get* on a/*"]);
  expect(widened(policy(allow("s3:GetObject", "*")), before)).toEqual(["s3:GetObject on *"]);
});

it("a denial that is gone or became narrower widens", () => {
  const deny = (Action: string) => policy({ Effect: "Deny", Action, Resource: "*" });
  expect(widened([], deny("iam:*User*"))).toEqual(["no longer denied iam:*User* on *"]);
  expect(widened(deny("iam:CreateUser"), deny("iam:*User*"))).toEqual(["no longer denied iam:*User* on *"]);
  expect(widened(deny("iam:*"), deny("iam:*User*"))).toEqual([]);
});

it("a condition that is gone widens, and one more narrows", () => {
  const bound = under({ StringEquals: { "iam:PermissionsBoundary": "b" } });
  const more = under({
    StringEquals: { "IAM:permissionsboundary": ["b"] },
    Bool: { "aws:MultiFactorAuthPresent": true },
  });
  expect(widened(under({}), bound)).toEqual(["iam:CreateRole on *"]);
  expect(widened(more, bound)).toEqual([]);
  expect(widened(bound, more)).toEqual(["iam:CreateRole on * where iam:permissionsboundary StringEquals b"]);
});

it.each([
  ["one value more", { StringEquals: { k: ["a", "b"] } }, { StringEquals: { k: "a" } }],
  ["another value", { StringEquals: { k: "b" } }, { StringEquals: { k: "a" } }],
  ["a wider pattern", { ArnLike: { k: "arn:*" } }, { ArnLike: { k: "arn:a:*" } }],
  ["another operator", { StringLike: { k: "a" } }, { StringEquals: { k: "a" } }],
  ["one exclusion less", { StringNotEquals: { k: "a" } }, { StringNotEquals: { k: ["a", "b"] } }],
  [
    "one excluded network less",
    { NotIpAddress: { k: "10.0.0.0/8" } },
    { NotIpAddress: { k: ["10.0.0.0/8", "::1/128"] } },
  ],
  ["a pattern where the text counts", { StringEquals: { k: "x" } }, { StringEquals: { k: "*" } }],
])("%s in a condition widens, and the other way round nothing does", (_, now, before) => {
  expect(widened(under(now), under(before))).toHaveLength(1);
});

it.each([
  ["one value less", { StringEquals: { k: "a" } }, { StringEquals: { k: ["a", "b"] } }],
  ["a narrower pattern", { ArnEquals: { k: "arn:a:*" } }, { ArnEquals: { k: "arn:*" } }],
  ["one exclusion more", { StringNotLike: { k: ["a", "b*"] } }, { StringNotLike: { k: "a" } }],
])("%s in a condition does not widen", (_, now, before) => {
  expect(widened(under(now), under(before))).toEqual([]);
});

it("who may take a role is compared like what it may do", () => {
  const trust = (Principal: unknown, Condition = {}) =>
    policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", Condition });
  const build = trust({ Service: "codebuild.amazonaws.com" });
  expect(widened(build, build)).toEqual([]);
  expect(widened(trust({ Service: ["codebuild.amazonaws.com", "ec2.amazonaws.com"] }), build)).toEqual([
    "sts:AssumeRole by ec2.amazonaws.com",
  ]);
  expect(widened(trust("*"), build)).toEqual(["sts:AssumeRole by *"]);
  expect(widened(build, trust("*"))).toEqual([]);
  expect(widened(build, trust({ Service: "codebuild.amazonaws.com" }, { Bool: { k: "true" } }))).toHaveLength(
    1,
  );
});

it("what has exceptions is compared as a whole", () => {
  const all = policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" });
  expect(widened(all, all)).toEqual([]);
  expect(widened(all, policy(allow("s3:*")))).toEqual(["all but iam:* on *"]);
  expect(widened(policy(allow("s3:*")), all)).toEqual(["s3:* on *"]);
});

it("a text that is no policy is refused", () => {
  expect(() => readPolicy('{"Statement":[{"Effect":"Maybe"}]}')).toThrow();
  expect(() => readPolicy("no JSON")).toThrow();
});

/** What IAM decides, in so far as these policies go: the rules are short, and written down here once more. */
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

it("where nothing is wider, everything that is allowed was allowed", () => {
  let narrower = 0;
  fc.assert(
    fc.property(
      fc.array(statement, { maxLength: 3 }),
      fc.array(statement, { maxLength: 3 }),
      fc.array(fc.tuple(text, text, fc.constantFrom("1", "2", "3")), { minLength: 20, maxLength: 20 }),
      (some, others, requests) => {
        // What is compared has something in common, as two versions of a policy have.
        const [before, now] = [policy(...some), policy(...some.slice(1), ...others.slice(1))];
        if (widened(now, before).length > 0) return;
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

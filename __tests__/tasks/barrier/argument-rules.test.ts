import { argumentRules, ASSET } from "../../../tasks/barrier/argument-rules";
import { expectedOf } from "../../../tasks/barrier/expected";
import type { Json, JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";
import { policyOf, role, rules, sharedRole } from "./argument-values";

const alarmed = { pipeline_alarm_email: "operator@example.com" };
const shared = { codebuild_role_arn: sharedRole };

/** What a rule says of a value in a stack. */
function problem(
  argument: string,
  value: Json | undefined,
  {
    stack = "pipeline",
    settings = {},
    resource = {},
  }: {
    stack?: string;
    settings?: Record<string, string>;
    resource?: JsonObject;
  } = {},
): string | undefined {
  return argumentRules[argument]!(value, expectedOf(stack, settingsWith(settings)), resource);
}

describe.each(Object.entries(rules))("%s", (argument, { good, bad }) => {
  it("accepts the values of the stacks", () => {
    for (const value of good) expect([value, problem(argument, value)]).toEqual([value, undefined]);
  });

  it.each(bad)("refuses %j", (value, message) => {
    expect(problem(argument, value)).toBe(message);
  });
});

describe("the code of a function", () => {
  const bucket = "acme-heavy-water-artifacts-state";
  const key = `hw/programs/${"a".repeat(64)}.zip`;
  const of = (s3_key: Json | undefined, s3_bucket: Json | undefined) =>
    ["s3_key", "filename", "source_code_hash"].map((argument) =>
      problem(`aws_lambda_function.${argument}`, argument === "s3_key" ? s3_key : undefined, {
        resource: { ...(s3_key !== undefined && { s3_key }), ...(s3_bucket !== undefined && { s3_bucket }) },
      }),
    );

  it("can be that of the pinned programs", () => {
    expect(of(key, bucket)).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    [key, "another-bucket"],
    [key, undefined],
    [`${key}x`, bucket],
    ["hw/programs/latest.zip", bucket],
    [`other/programs/${"a".repeat(64)}.zip`, bucket],
    [[key], bucket],
  ])("cannot be %j in %j", (s3_key, s3_bucket) => {
    expect(of(s3_key, s3_bucket)[0]).toBe(`must be, with its s3_bucket, s3://${bucket}/hw/programs/*.zip`);
  });

  it("is a file below assets/ otherwise", () => {
    expect(of(undefined, bucket)).toEqual([
      undefined,
      "must be a file below assets/",
      "must be the hash of its filename",
    ]);
  });
});

describe("the expected values", () => {
  it("include the shared role of the build steps, if there is one", () => {
    const of = (value: Json) => problem("aws_codebuild_project.service_role", value, { settings: shared });
    expect(of(shared.codebuild_role_arn)).toBeUndefined();
    expect(of("${aws_iam_role.a.arn}")).toBeUndefined();
    expect(of(`${shared.codebuild_role_arn}2`)).toBe(role);
  });

  it("include the programs of a step with an inline buildspec", () => {
    const argument = "aws_codebuild_project.environment";
    const of = (buildspec: string, ...values: Json[]) =>
      problem(
        argument,
        {
          environment_variable: [
            { name: "CI", value: "1" },
            ...values.map((value) => ({ name: "PROGRAMS", value })),
          ],
        },
        { resource: { source: { buildspec } } },
      );
    const inline = "version: 0.2\nphases: {}\n";
    const at = (bucket: string, digest: string) => `s3://${bucket}/hw/programs/${digest}.zip`;
    const [bucket, digest] = ["acme-heavy-water-artifacts-state", "a".repeat(64)];
    expect(of(inline, at(bucket, digest))).toBeUndefined();
    expect(of("buildspecs/unit-test.yml")).toBeUndefined();
    expect(problem(argument, {}, { resource: { source: { type: "CODEPIPELINE" } } })).toBeUndefined();
    const message = `must have one variable PROGRAMS, which is ${at(bucket, "*")}`;
    for (const values of [
      [],
      [""],
      [at("attacker", digest)],
      // As long as the real ones, so that the digest is in the same place.
      [at(bucket.replace("acme", "evil"), digest)],
      [at(bucket, digest).replace("/programs/", "/uploaded/")],
      [at(bucket, digest).replace(".zip", ".tar")],
      [at(bucket, `${digest}/../x`)],
      [at(bucket, `x${digest}`)],
      [at(bucket, "a")],
      [at(bucket, `../${digest}`)],
      [`x${at(bucket, digest)}`],
      [`${at(bucket, digest)}x`],
      [at(bucket, digest), at(bucket, digest)],
      [[at(bucket, digest)]],
    ] as Json[][])
      expect([values, of(inline, ...values)]).toEqual([values, message]);
    for (const other of [
      ...["{phases: {}}", "x/buildspecs/unit-test.yml", "buildspecs/../unit-test.yml", ""],
      ...["buildspecs/unit-test.yml\nphases: {}", "buildspecs/unit-test.ymlx", "buildspecs/.yml"],
    ])
      expect([other, of(other)]).toEqual([other, message]);
    expect(problem(argument, undefined, { resource: { source: { buildspec: inline } } })).toBe(message);
  });

  it("include the address for e-mails", () => {
    const of = (value?: Json) => problem("aws_sns_topic_subscription.endpoint", value, { settings: alarmed });
    expect(of("operator@example.com")).toBeUndefined();
    expect(of("other@example.com")).toBe("must be pipeline_alarm_email");
    expect(of(undefined)).toBe("must be pipeline_alarm_email");
  });

  it("include a service's API, boundary and role names, by its environment", () => {
    const of = (argument: string, value: Json) => problem(argument, value, { stack: "service-dev" });
    expect(of("aws_apigatewayv2_api.name", "hw-dev")).toBeUndefined();
    expect(of("aws_apigatewayv2_api.name", "hw-prod")).toBe("must be hw-dev");
    expect(of("aws_iam_role.name", "hw-dev-api")).toBeUndefined();
    expect(of("aws_iam_role.name", "hw-development")).toBe("must begin with hw-dev-");
    expect(of("aws_iam_role.permissions_boundary", policyOf("hw-function-boundary-dev"))).toBeUndefined();
    expect(of("aws_iam_role.permissions_boundary", policyOf("hw-function-boundary-prod"))).toMatch(
      /-boundary-dev$/,
    );
  });

  it("include the hash of the file that a function is created from", () => {
    const of = (value: Json | undefined, filename: Json | undefined) =>
      problem("aws_lambda_function.source_code_hash", value, {
        resource: filename === undefined ? {} : { filename },
      });
    expect(of('${filebase64sha256("assets/a")}', "assets/a")).toBeUndefined();
    for (const [value, filename] of [
      ['${filebase64sha256("assets/b")}', "assets/a"],
      ["x", "assets/a"],
      [undefined, "assets/a"],
      ['${filebase64sha256("undefined")}', undefined],
      ['${filebase64sha256("assets/a")}', ["assets/a"]],
    ] as const)
      expect(of(value, filename as Json | undefined)).toBe("must be the hash of its filename");
  });
});

describe("policies", () => {
  const document = (Principal: Json, more: JsonObject = {}) =>
    JSON.stringify({ Statement: [{ Effect: "Allow", Principal, Action: "x:*", ...more }] });
  const own = {
    Condition: { StringEquals: { "aws:SourceAccount": "${data.aws_caller_identity.c.account_id}" } },
  };

  it.each([
    ["aws_kms_key.policy", "cloudwatch.amazonaws.com", "cloudwatch.amazonaws.com"],
    ["aws_sns_topic_policy.policy", "cloudwatch.amazonaws.com", "cloudwatch.amazonaws.com"],
    ["aws_s3_bucket_policy.policy", undefined, "none"],
  ])("in %s can allow %s", (argument, service, list) => {
    if (service !== undefined) expect(problem(argument, document({ Service: service }, own))).toBeUndefined();
    expect(problem(argument, document({ Service: "s3.amazonaws.com" }, own))).toBe(
      `allows the principal "s3.amazonaws.com" (allowed: ${list})`,
    );
    expect(problem(argument, undefined)).toBe("is not a policy document with statements");
  });

  it("of a role can trust the services of its kind of stack only", () => {
    const trust = (Service: string) => document({ Service }).replace("x:*", "sts:AssumeRole");
    const of = (service: string, stack: string) =>
      problem("aws_iam_role.assume_role_policy", trust(service), { stack });
    // The function of commit statuses.
    expect(of("lambda.amazonaws.com", "pipeline")).toBeUndefined();
    for (const service of ["codebuild", "codepipeline", "events"]) {
      expect(of(`${service}.amazonaws.com`, "pipeline")).toBeUndefined();
      expect(of(`${service}.amazonaws.com`, "service-prod")).toMatch(/\(allowed: lambda\.amazonaws\.com\)$/);
    }
    expect(of("lambda.amazonaws.com", "service-prod")).toBeUndefined();
    expect(of("s3.amazonaws.com", "pipeline")).toMatch(/^allows the principal/);
    expect(problem("aws_iam_role_policy.policy", document("*"))).toMatch(/^has Principal/);
  });
});

it.each([
  ["assets/a/b.zip", true],
  ["assets/a..b/c", true],
  ["assets/a/..", false],
  ["assets/-", true],
  ["assets/a/", false],
  ["assets/a\n", false],
  ["./assets/a", false],
])("%j is accepted as an asset file: %s", (path, is) => {
  expect(ASSET.test(path)).toBe(is);
});

it("every rule has a test, and every tested argument has a rule", () => {
  const elsewhere = [
    ...["aws_iam_role.assume_role_policy", "aws_iam_role_policy.policy", "aws_apigatewayv2_api.name"],
    ...["aws_kms_key.policy", "aws_s3_bucket_policy.policy", "aws_sns_topic_policy.policy"],
    ...["aws_lambda_function.source_code_hash", "aws_codebuild_project.environment"],
    // In route-rules.test.ts.
    ...["authorization_scopes", "authorization_type", "authorizer_id"].map(
      (key) => `aws_apigatewayv2_route.${key}`,
    ),
    ...["authorizer_type", "identity_sources", "jwt_configuration"].map(
      (key) => `aws_apigatewayv2_authorizer.${key}`,
    ),
    "aws_lambda_function.s3_key",
    // In check-stack.test.ts.
    "aws_codepipeline.trigger",
    // In lifecycle-rule.test.ts.
    "aws_s3_bucket.lifecycle_rule",
  ];
  expect(Object.keys(argumentRules).sort()).toEqual([...Object.keys(rules), ...elsewhere].sort());
});

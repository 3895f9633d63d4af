import { expectedOf } from "../../../tasks/barrier/expected";
import { expressionProblems } from "../../../tasks/barrier/expressions";
import type { Json, JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";

const problems = (json: JsonObject, stack = "pipeline") =>
  expressionProblems(json, expectedOf(stack, settingsWith()));

const secret = "jsondecode(data.aws_secretsmanager_secret_version.s-1.secret_string)";
const token = `\${${secret}.githubAccessToken}`;
const derived = `\${sha256(join(":", [${secret}.webhookSecret, "hw-push"]))}`;

/** A value at a path, of lists where the path has numbers. */
function at(path: readonly (string | number)[], value: Json): JsonObject {
  return path.reduceRight<Json>(
    (inside, key) =>
      typeof key === "number" ? [...Array.from({ length: key }, () => "x"), inside] : { [key]: inside },
    value,
  ) as JsonObject;
}

describe("an expression in a value", () => {
  it.each([
    "${aws_iam_role.a.arn}",
    "x-${aws_iam_role.a.name}-${aws_s3_bucket.b.id}",
    "${data.aws_region.a.name}",
    '${filebase64sha256("assets/a.zip")}',
    "$${file(x)}",
    "no expression",
  ])("is accepted: %s", (text) => {
    expect(problems({ resource: { a: [text] } })).toEqual([]);
  });

  it.each([
    // A type that the stack may not have, and a data source in the place of a resource.
    "${aws_iam_user.a.arn}",
    "${aws_region.a.name}",
    "${data.aws_iam_role.a.arn}",
    "${toString.a.arn}",
    "${data.constructor.a.arn}",
    "${aws_iam_role.a.inline_policy}",
    '${filebase64sha256("assets/../a")}',
    '${filebase64sha256("/etc/passwd")}',
    '${filebase64sha256("assets/a")} ${timestamp()}',
    '${x + filebase64sha256("assets/a")}',
    '${filebase64sha256("assets/a") + x}',
    '${filebase64sha512("assets/a")}',
    "${aws_iam_role.a.arn} ${x}",
    token,
    derived,
  ])("is refused: %s", (text) => {
    expect(problems({ resource: { a: [{ b: text }] } })).toEqual([
      expect.stringMatching(/^resource\.a\.0\.b has the expression "/),
    ]);
  });

  it("is refused with its place if it cannot be parsed", () => {
    expect(problems({ output: { a: { value: "%{if x}" } } })).toEqual([
      'output.a.value has "%{if x}" (a directive)',
    ]);
  });

  it("is found in every text, and each problem is listed", () => {
    expect(problems({ a: "${x}", b: ["${y}", { c: "${z}" }], d: 1, e: null, f: true })).toEqual([
      'a has the expression "${x}"',
      'b.0 has the expression "${y}"',
      'b.1.c has the expression "${z}"',
    ]);
  });
});

it("an expression is refused as a key, whatever it is", () => {
  expect(problems({ a: { "${aws_iam_role.a.arn}": 1 } })).toEqual([
    'a has the expression "${aws_iam_role.a.arn}"',
  ]);
  expect(problems({ "${x}": { a: 1 } })).toEqual([' has the expression "${x}"']);
});

it("expressions are ignored in import blocks, which are compared as a whole, but not elsewhere under that name", () => {
  expect(problems({ import: [{ for_each: "${x}" }] })).toEqual([]);
  expect(problems({ a: { import: "${x}" } })).toHaveLength(1);
});

describe("the secret", () => {
  const places: [string, (string | number)[], string][] = [
    ["the provider's token", ["provider", "github", 0, "token"], token],
    [
      "the source's token",
      ["resource", "aws_codepipeline", "p", "stage", 0, "action", 0, "configuration", "OAuthToken"],
      token,
    ],
    [
      "the webhook's secret",
      ["resource", "aws_codepipeline_webhook", "w", "authentication_configuration", "secret_token"],
      derived,
    ],
    ["the hook's secret", ["resource", "github_repository_webhook", "w", "configuration", "secret"], derived],
  ];

  it.each(places)("is read for %s, as that place needs it", (_, path, expression) => {
    expect(problems(at(path, expression))).toEqual([]);
    expect(problems(at(path, expression === token ? derived : token))).toHaveLength(1);
  });

  it.each(places)("is read for %s in that place only", (_, path, expression) => {
    for (const index of path.keys()) {
      const key = path[index]!;
      const isAnyName = index === 2 && path[0] === "resource";
      const other = path.with(index, typeof key === "number" ? key + 1 : `${key}2`);
      expect([other, problems(at(other, expression)).length]).toEqual([other, isAnyName ? 0 : 1]);
    }
    expect(problems(at([...path, "more"], expression))).toHaveLength(1);
    expect(problems(at(path.slice(0, -1), expression))).toHaveLength(1);
  });

  it.each([
    ["another key of it", token.replace("githubAccessToken", "webhookSecret"), 0],
    ["something behind it", token.replace("Token}", "Token2}"), 0],
    ["something in front of it", token.replace("${", "${x"), 0],
    ["the whole of it", "${data.aws_secretsmanager_secret_version.s.secret_string}", 0],
    ["another data source", token.replace("secret_version", "secret_versions"), 0],
    ["a character in the place of a dot", token.replace("data.", "data_"), 0],
    ["another webhook", derived.replace("hw-push", "hw-push2"), 2],
    ["no hash", `\${${secret}.webhookSecret}`, 2],
    ["another hash", derived.replace("sha256", "md5"), 2],
    ["something behind the hash", derived.replace("))}", ")) }"), 2],
    ["something in front of the hash", derived.replace("${", "${ "), 2],
    ["no secret in the hash", derived.replace("webhookSecret", "githubAccessToken"), 2],
  ])("is not read as %s", (_, expression, place) => {
    expect(problems(at(places[place]![1], expression))).toHaveLength(1);
  });
});

import { definitionDigest } from "../../../stacks/pipeline/definition";
import type { Json, JsonObject } from "../../../stacks/stack-json";
import { stackProblems } from "../../../tasks/barrier/check-stack";
import { expectedOf } from "../../../tasks/barrier/expected";
import { settingsWith } from "../../support/settings";

const providers = { aws: { source: "aws", version: "5.100.0" } };
const github = { source: "integrations/github", version: "6.11.1" };
const token = "${jsondecode(data.aws_secretsmanager_secret_version.s.secret_string).githubAccessToken}";

/** The smallest stacks that are allowed. */
const service: JsonObject = {
  terraform: terraformOf("service-prod", providers),
  provider: { aws: [{}] },
};
const pipeline: JsonObject = {
  terraform: terraformOf("pipeline", { ...providers, github }),
  provider: { aws: [{}], github: [{ owner: "acme", token }] },
};

function terraformOf(id: string, required_providers: JsonObject): JsonObject {
  const bucket = "acme-heavy-water-artifacts-state";
  return {
    backend: { s3: { bucket, key: `hw/${id}.tfstate`, encrypt: true, use_lockfile: true } },
    required_providers,
  };
}

const problems = (changes: JsonObject) =>
  stackProblems("service-prod", { ...service, ...changes }, expectedOf("service-prod", settingsWith()));

function pipelineProblems(changes: JsonObject): string[] {
  const json = { ...pipeline, ...changes };
  const output = { digest: { value: definitionDigest({ ...json, output: { digest: { value: "" } } }) } };
  return stackProblems("pipeline", { ...json, output }, expectedOf("pipeline", settingsWith()));
}

/** A resource whose arguments have no rules of their own. */
const alias = (more: JsonObject): JsonObject => ({
  resource: { aws_lambda_alias: { a: { name: "live", ...more } } },
});

it("the smallest stacks have no problems", () => {
  expect(problems({})).toEqual([]);
  expect(pipelineProblems({})).toEqual([]);
  expect(problems({ "//": "x", data: {}, import: [], output: {}, resource: {} })).toEqual([]);
});

it("an additional block is a problem that names the allowed ones", () => {
  expect(problems({ locals: {} })).toEqual([
    'service-prod: the stack has "locals": only //, data, import, output, provider, resource, terraform is allowed',
  ]);
});

describe("the backend and the required providers", () => {
  it("are shown whole if they differ from the expected ones", () => {
    const expected = JSON.stringify(service.terraform);
    const { backend } = service.terraform as JsonObject;
    for (const terraform of [
      {},
      { backend },
      { ...(service.terraform as JsonObject), cloud: {} },
      "x",
    ] as Json[])
      expect(problems({ terraform })).toEqual([
        `service-prod: terraform is ${JSON.stringify(terraform)}: only ${expected} is allowed`,
      ]);
  });

  it("are reported if they are missing", () => {
    const { terraform: _, ...rest } = service;
    expect(stackProblems("service-prod", rest, expectedOf("service-prod", settingsWith()))).toEqual([
      expect.stringMatching(/^service-prod: terraform is missing: only /),
    ]);
  });

  it("are cut after 300 characters", () => {
    const [problem] = problems({ terraform: "x".repeat(400) });
    expect(problem).toContain(`terraform is "${"x".repeat(299)}…: only {"backend"`);
    const [whole] = problems({ terraform: "x".repeat(298) });
    expect(whole).toContain(`terraform is "${"x".repeat(298)}": only {"backend"`);
  });
});

describe("the providers", () => {
  it("are one of AWS without arguments, and in the pipeline one of GitHub with the owner and the token", () => {
    const only = 'only {"aws":[{}]} is allowed';
    for (const provider of [
      { aws: [{ region: "x" }] },
      { aws: {} },
      { aws: [{}, {}] },
      {},
      { aws: [{}], github: [] },
    ] as Json[])
      expect(problems({ provider })).toEqual([
        `service-prod: provider is ${JSON.stringify(provider)}: ${only}`,
      ]);
    expect(pipelineProblems({ provider: { aws: [{}] } })).toEqual([
      'pipeline: provider is {"aws":[{}]}: only {"aws":[{}],"github":[{"owner":"acme","token":"${…}"}]} is allowed',
    ]);
  });

  it.each<[string, JsonObject]>([
    ["another owner", { owner: "other", token }],
    ["a token that is written down", { owner: "acme", token: "ghp_x" }],
    ["something in front of the token", { owner: "acme", token: `x${token}` }],
    ["something behind the token", { owner: "acme", token: `${token}x` }],
    ["two expressions", { owner: "acme", token: "${a}${b}" }],
    ["a list for a token", { owner: "acme", token: [token] }],
    ["an address", { owner: "acme", token, base_url: "x" }],
  ])("of GitHub are refused with %s", (_, configuration) => {
    expect(pipelineProblems({ provider: { aws: [{}], github: [configuration] } })).toContainEqual(
      expect.stringMatching(/^pipeline: provider is /),
    );
  });

  it("of GitHub have the one expression that reads the token", () => {
    const provider = { aws: [{}], github: [{ owner: "acme", token: "${aws_iam_role.a.secret}" }] };
    expect(pipelineProblems({ provider })).toEqual([
      expect.stringMatching(/^pipeline: provider\.github\.0\.token has the expression/),
    ]);
  });
});

describe("resources and data sources", () => {
  it("have the types, names and arguments of the list", () => {
    expect(problems({ resource: { aws_iam_user: { a: {} } } })).toEqual([
      expect.stringMatching(/^service-prod: resource has "aws_iam_user": only aws_s3_bucket, .* is allowed$/),
    ]);
    expect(problems({ data: { aws_region: { a: { name: "x" } } } })).toEqual([
      'service-prod: data.aws_region.a has "name": only // is allowed',
    ]);
    expect(problems(alias({ provisioner: [] }))).toEqual([
      'service-prod: resource.aws_lambda_alias.a has "provisioner": only //, depends_on, lifecycle, function_name, function_version, name is allowed',
    ]);
    expect(problems(alias({ "//": {}, lifecycle: {}, depends_on: [] }))).toEqual([]);
    expect(problems({ data: { aws_region: { a: { "//": 1 } } } })).toEqual([]);
  });

  it("are refused if their type is a property of every object", () => {
    const resource = JSON.parse('{"__proto__":{"a":{"x":1}},"toString":{"a":{"y":1}}}') as JsonObject;
    expect(problems({ resource }).map((one) => one.split(": only")[0])).toEqual([
      'service-prod: resource has "__proto__"',
      'service-prod: resource has "toString"',
      'service-prod: resource.__proto__.a has "x"',
      'service-prod: resource.toString.a has "y"',
    ]);
  });

  it.each(["a b", "a.b", "", "1a", "-a", "é", "a\n"])("are refused with the name %j", (name) => {
    expect(problems({ resource: { aws_lambda_alias: { [name]: {} } } })).toEqual([
      `service-prod: resource.aws_lambda_alias has the name ${JSON.stringify(name)}`,
    ]);
  });

  it.each(["a", "_", "A-1_b"])("are accepted with the name %j", (name) => {
    expect(problems({ resource: { aws_lambda_alias: { [name]: {} } } })).toEqual([]);
  });

  it("must be objects, at every level", () => {
    expect(problems({ resource: [] })).toEqual(["service-prod: resource is []: only an object is allowed"]);
    expect(problems({ data: "x" })).toEqual(['service-prod: data is "x": only an object is allowed']);
    expect(problems({ resource: { aws_lambda_alias: [{}] } })).toEqual([
      "service-prod: resource.aws_lambda_alias is [{}]: only an object is allowed",
    ]);
    expect(problems({ resource: { aws_iam_role: { a: [] } } })).toEqual([
      "service-prod: resource.aws_iam_role.a is []: only an object is allowed",
    ]);
    expect(problems({ output: { a: "x" } })).toEqual([
      'service-prod: output.a is "x": only an object is allowed',
    ]);
  });

  it("have outputs with nothing but a value", () => {
    expect(problems({ output: { a: { value: 1 } } })).toEqual([]);
    expect(problems({ output: { a: { value: 1, sensitive: false } } })).toEqual([
      'service-prod: output.a has "sensitive": only value is allowed',
    ]);
  });

  it("must follow the rules for the arguments of their type, even if those are missing", () => {
    expect(problems({ resource: { aws_cloudwatch_log_group: { a: { name: "x" } } } })).toEqual([
      "service-prod: resource.aws_cloudwatch_log_group.a.skip_destroy must be true: only the operator deletes a log",
    ]);
    expect(problems({ resource: { aws_cloudwatch_log_group: { a: { skip_destroy: true } } } })).toEqual([]);
  });
});

it("stacks can read the pipeline's secret and no other", () => {
  const secret = (secret_id: Json) => ({ data: { aws_secretsmanager_secret_version: { s: { secret_id } } } });
  expect(pipelineProblems(secret("PIPELINE_GITHUB"))).toEqual([]);
  for (const other of ["other", "PIPELINE_GITHUB2", ["PIPELINE_GITHUB"]])
    expect(pipelineProblems(secret(other))).toEqual([
      "pipeline: data.aws_secretsmanager_secret_version.s reads a secret other than PIPELINE_GITHUB",
    ]);
});

describe("depends_on and lifecycle", () => {
  it.each<[string, JsonObject]>([
    ["addresses", { depends_on: ["aws_iam_role.a-1", "aws_lambda_function.B_2"] }],
    ["names of arguments", { lifecycle: { ignore_changes: ["function_version", "name"] } }],
    ["a truth value", { lifecycle: { prevent_destroy: true } }],
    ["its opposite", { lifecycle: { prevent_destroy: false } }],
  ])("can have %s", (_, more) => {
    expect(problems(alias(more))).toEqual([]);
  });

  it.each<Json>([
    ["data.aws_region.a"],
    ["aws_iam_role"],
    ["module.a b"],
    [" aws_iam_role.a"],
    ["aws_iam_role.a "],
    ["aws_iam_role.a", 1],
    ["aws_iam_role.a", "x"],
    [["aws_iam_role.a"]],
    "aws_iam_role.a",
    null,
    {},
  ])("cannot have the dependency %j", (depends_on) => {
    expect(problems(alias({ depends_on }))).toEqual([
      `service-prod: resource.aws_lambda_alias.a.depends_on is ${JSON.stringify(depends_on)}: only addresses of resources are allowed`,
    ]);
  });

  it.each<Json>(["all", [["name"]], ["a.b"], ["A"], ["a "], [" a"], [1], {}, null])(
    "cannot ignore the changes %j",
    (ignore_changes) => {
      expect(problems(alias({ lifecycle: { ignore_changes } }))).toEqual([
        "service-prod: resource.aws_lambda_alias.a.lifecycle.ignore_changes can only be a list of arguments",
      ]);
    },
  );

  it.each<Json>(["true", 1, null, [true], {}])("cannot have prevent_destroy = %j", (prevent_destroy) => {
    expect(problems(alias({ lifecycle: { prevent_destroy } }))).toEqual([
      "service-prod: resource.aws_lambda_alias.a.lifecycle.prevent_destroy can only be true or false",
    ]);
  });

  it("cannot have anything else", () => {
    expect(problems(alias({ lifecycle: { create_before_destroy: true } }))).toEqual([
      'service-prod: resource.aws_lambda_alias.a.lifecycle has "create_before_destroy": only ignore_changes, prevent_destroy is allowed',
    ]);
    expect(problems(alias({ lifecycle: [] }))).toEqual([
      "service-prod: resource.aws_lambda_alias.a.lifecycle is []: only an object is allowed",
    ]);
  });
});

describe("the digest", () => {
  it("must be the pipeline's own, and is not checked in a service", () => {
    const output = { digest: { value: "x" } };
    expect(
      stackProblems("pipeline", { ...pipeline, output }, expectedOf("pipeline", settingsWith())),
    ).toEqual([expect.stringMatching(/^pipeline: output\.digest is "x", and the definition's digest is /)]);
    expect(problems({ output })).toEqual([]);
  });
});

it("each problem shows the value", () => {
  expect(problems({ output: { "a\u202e": "\n" } })).toEqual([
    String.raw`service-prod: output.a\u202e is "\n": only an object is allowed`,
  ]);
});

it("the problems of import blocks and expressions are included", () => {
  expect(problems({ import: {} })).toEqual(["service-prod: import must be a list"]);
  expect(problems({ output: { a: { value: "${x}" } } })).toEqual([
    'service-prod: output.a.value has the expression "${x}"',
  ]);
});

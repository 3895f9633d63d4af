import { Testing } from "cdktf";
import { isPrivateBucket } from "../support/private-bucket";
import { resourcesOf, rightsByRole, serviceStack, statements, synthesized } from "../support/synth";

const stack = synthesized(serviceStack("prod"));
const functions = resourcesOf(stack, "aws_lambda_function");

it("is valid Terraform", () => {
  expect(Testing.fullSynth(serviceStack())).toBeValidTerraform();
}, 120_000);

it("takes its names from the settings and the environment", () => {
  expect(functions.map(({ function_name }) => function_name).sort()).toEqual([
    "hw-prod-api",
    "hw-prod-record-object",
  ]);
  expect(resourcesOf(stack, "aws_s3_bucket")).toMatchObject([{ bucket: "acme-heavy-water-prod" }]);
  expect(resourcesOf(stack, "aws_apigatewayv2_api")).toMatchObject([
    { name: "hw-prod", protocol_type: "HTTP" },
  ]);
});

it("shares no name and no state with another environment", () => {
  const named = (text: string) =>
    new Set(text.match(/hw-(dev|prod)[\w-]*|acme-heavy-water-\w+|hw\/[\w.-]+/g));
  const dev = named(JSON.stringify(synthesized(serviceStack("dev"))));
  const prod = named(JSON.stringify(stack));
  const shared = [...dev].filter((name) => prod.has(name));
  expect(shared).toEqual(["acme-heavy-water-artifacts"]);
  expect(prod.size).toBeGreaterThan(5);
});

describe("the bucket for documents", () => {
  isPrivateBucket(stack, "acme-heavy-water-prod");

  it("cannot be destroyed by a plan", () => {
    expect(resourcesOf(stack, "aws_s3_bucket")).toMatchObject([{ lifecycle: { prevent_destroy: true } }]);
  });

  it("lets nothing expire: a document is deleted by whoever asks for it", () => {
    expect(resourcesOf(stack, "aws_s3_bucket_lifecycle_configuration")).toEqual([]);
  });
});

describe("the API", () => {
  const [id = ""] = Object.keys(stack.resource.aws_apigatewayv2_api ?? {});
  const [integration = ""] = Object.keys(stack.resource.aws_apigatewayv2_integration ?? {});
  const api_id = `\${aws_apigatewayv2_api.${id}.id}`;

  it("hands every request to the one integration, whatever its path and method", () => {
    expect(resourcesOf(stack, "aws_apigatewayv2_route")).toMatchObject([
      {
        api_id,
        route_key: "$default",
        target: `integrations/\${aws_apigatewayv2_integration.${integration}.id}`,
      },
    ]);
    expect(resourcesOf(stack, "aws_apigatewayv2_integration")).toMatchObject([
      { api_id, integration_type: "AWS_PROXY" },
    ]);
  });

  it("is deployed at once, at its address without a stage's name in the path", () => {
    expect(resourcesOf(stack, "aws_apigatewayv2_stage")).toMatchObject([
      { api_id, name: "$default", auto_deploy: true },
    ]);
    expect(stack.output.api_url?.value).toBe(`\${aws_apigatewayv2_api.${id}.api_endpoint}`);
  });
});

it.each(["api", "record-object"])("runs %s on Node.js 22, from its own bundle", (name) => {
  const one = functions.find(({ function_name }) => function_name === `hw-prod-${name}`);
  // Without the hash of the bundle a change in the code alone would not be deployed.
  const filename = expect.stringMatching(new RegExp(`/${name}\\.zip$`)) as string;
  expect(one).toMatchObject({ runtime: "nodejs22.x", handler: "index.handler", filename });
  expect(one?.source_code_hash).toBe(`\${filebase64sha256("${String(one?.filename)}")}`);
});

it("gives every function a log that does not stay for ever", () => {
  const logs = resourcesOf(stack, "aws_cloudwatch_log_group").map(({ name, retention_in_days }) => [
    name,
    retention_in_days,
  ]);
  expect(Object.fromEntries(logs)).toEqual({
    "/aws/lambda/hw-prod-api": 90,
    "/aws/lambda/hw-prod-record-object": 90,
  });
});

it("tells the API its environment, its bucket and the commit", () => {
  const api = functions.find(({ function_name }) => function_name === "hw-prod-api");
  expect(api?.environment).toMatchObject({ variables: { ENVIRONMENT: "prod", COMMIT: "c0ffee" } });
});

it("changes only the API's function with the commit, so that the other is not published anew", () => {
  const recorder = functions.find(({ function_name }) => function_name === "hw-prod-record-object");
  expect(JSON.stringify(recorder)).not.toContain("c0ffee");
});

it("publishes every change, and points the alias live to it", () => {
  expect(functions).toMatchObject([{ publish: true }, { publish: true }]);
  const aliases = resourcesOf(stack, "aws_lambda_alias");
  expect(aliases).toHaveLength(2);
  for (const alias of aliases) {
    expect(alias.name).toBe("live");
    expect(alias.function_version).toMatch(/^\$\{aws_lambda_function\..*\.version\}$/);
  }
});

it("has requests and events reach the alias, and lets nobody else invoke it", () => {
  expect(resourcesOf(stack, "aws_apigatewayv2_integration")).toMatchObject([
    {
      integration_uri: expect.stringMatching(/^\$\{aws_lambda_alias\..*\.invoke_arn\}$/) as string,
      payload_format_version: "2.0",
    },
  ]);
  expect(resourcesOf(stack, "aws_s3_bucket_notification")).toMatchObject([
    {
      lambda_function: [
        {
          lambda_function_arn: expect.stringMatching(/^\$\{aws_lambda_alias\./) as string,
          events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
          filter_prefix: "documents/",
        },
      ],
    },
  ]);
  for (const permission of resourcesOf(stack, "aws_lambda_permission")) {
    expect(permission).toMatchObject({
      qualifier: expect.anything() as string,
      source_arn: expect.anything() as string,
    });
  }
  expect(
    resourcesOf(stack, "aws_lambda_permission").find(({ principal }) => principal === "s3.amazonaws.com"),
  ).toHaveProperty("source_account");
});

it("gives up on a request before the API does, after 30 seconds", () => {
  const api = functions.find(({ function_name }) => function_name === "hw-prod-api");
  expect(Number(api?.timeout)).toBeLessThan(30);
});

it("has time to read a large document", () => {
  const recorder = functions.find(({ function_name }) => function_name === "hw-prod-record-object");
  expect(recorder?.timeout).toBe(900);
});

it("gives every function a role with the functions' boundary", () => {
  const roles = resourcesOf(stack, "aws_iam_role");
  expect(roles).toHaveLength(2);
  for (const role of roles) {
    expect(role.permissions_boundary).toMatch(/:policy\/hw-function-boundary$/);
    expect(statements(role.assume_role_policy)).toMatchObject([
      { Principal: { Service: "lambda.amazonaws.com" } },
    ]);
  }
});

it("lets the API touch documents and remove metadata, but not write it", () => {
  const rights = rightsByRole(stack)["hw-prod-api"] ?? [];
  const onMetadata = rights.filter(({ Resource }) => JSON.stringify(Resource).includes("/metadata/"));
  expect(onMetadata.map(({ Action }) => Action)).toEqual([["s3:GetObject", "s3:DeleteObject"]]);
});

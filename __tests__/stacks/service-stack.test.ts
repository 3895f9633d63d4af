import { isPrivateBucket } from "../support/private-bucket";
import {
  resourcesOf,
  permissionsByRole,
  serviceStack,
  statements,
  synthesized,
  type Synthesized,
} from "../support/synth";

const stack = synthesized(serviceStack("prod"));
const functions = resourcesOf(stack, "aws_lambda_function");

it("the service stack takes its names from the settings and the environment", () => {
  expect(functions.map(({ function_name }) => function_name).sort()).toEqual([
    "hw-prod-api",
    "hw-prod-record-object",
  ]);
  expect(resourcesOf(stack, "aws_s3_bucket")).toMatchObject([{ bucket: "acme-heavy-water-prod" }]);
  expect(resourcesOf(stack, "aws_apigatewayv2_api")).toMatchObject([
    { name: "hw-prod", protocol_type: "HTTP" },
  ]);
});

it("environments share no names and no state", () => {
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

  it("expires nothing: documents are deleted only on request", () => {
    expect(resourcesOf(stack, "aws_s3_bucket_lifecycle_configuration")).toEqual([]);
  });
});

describe("the service stack with an existing bucket", () => {
  const changes = { service_existing_bucket_prod: "acme-documents" };
  const existing = synthesized(serviceStack("prod", changes));

  it("manages neither the bucket nor its settings", () => {
    expect(Object.keys(existing.resource).filter((type) => type.startsWith("aws_s3_"))).toEqual([]);
  });

  it("stores documents in that bucket", () => {
    const variables = resourcesOf(existing, "aws_lambda_function").map(({ environment }) => environment);
    expect(variables).toMatchObject(Array(2).fill({ variables: { BUCKET: "acme-documents" } }));
    expect(existing.output.bucket?.value).toBe("acme-documents");
    for (const name of ["hw-prod-api", "hw-prod-record-object"])
      expect(JSON.stringify(permissionsByRole(existing)[name])).toMatch(
        /:s3:::acme-documents\/documents\/\*/,
      );
  });

  it("has a rule that invokes the live version for documents only, and allows only that rule to invoke it", () => {
    const [rule] = resourcesOf(existing, "aws_cloudwatch_event_rule");
    expect(rule?.name).toBe("hw-prod-objects");
    expect(JSON.parse(String(rule?.event_pattern))).toEqual({
      source: ["aws.s3"],
      "detail-type": ["Object Created", "Object Deleted"],
      detail: { bucket: { name: ["acme-documents"] }, object: { key: [{ prefix: "documents/" }] } },
    });
    expect(resourcesOf(existing, "aws_cloudwatch_event_target")).toMatchObject([
      { arn: expect.stringMatching(/^\$\{aws_lambda_alias\./) as string },
    ]);
    const own = resourcesOf(existing, "aws_lambda_permission").filter(
      ({ principal }) => principal !== "apigateway.amazonaws.com",
    );
    expect(own).toMatchObject([
      {
        principal: "events.amazonaws.com",
        qualifier: expect.anything() as string,
        source_arn: expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\./) as string,
      },
    ]);
  });

  it("leaves dev its own bucket", () => {
    expect(resourcesOf(synthesized(serviceStack("dev", changes)), "aws_s3_bucket")).toMatchObject([
      { bucket: "acme-heavy-water-dev" },
    ]);
  });
});

describe("the API", () => {
  const [id = ""] = Object.keys(stack.resource.aws_apigatewayv2_api ?? {});
  const [integration = ""] = Object.keys(stack.resource.aws_apigatewayv2_integration ?? {});
  const api_id = `\${aws_apigatewayv2_api.${id}.id}`;

  it("routes every request to the one integration, whatever its path and method", () => {
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

  it("is deployed automatically, at a URL without a stage name in its path", () => {
    expect(resourcesOf(stack, "aws_apigatewayv2_stage")).toMatchObject([
      { api_id, name: "$default", auto_deploy: true },
    ]);
    expect(stack.output.api_url?.value).toBe(`\${aws_apigatewayv2_api.${id}.api_endpoint}`);
  });
});

describe("the API's stage", () => {
  const stageOf = (settings: Record<string, string>) =>
    resourcesOf(synthesized(serviceStack("prod", settings)), "aws_apigatewayv2_stage")[0];

  it("accepts 100 requests a second by default, and twice as many in a burst", () => {
    expect(stageOf({})).toMatchObject({
      default_route_settings: { throttling_rate_limit: 100, throttling_burst_limit: 200 },
    });
    expect(stageOf({ service_requests_per_second: "5" })).toMatchObject({
      default_route_settings: { throttling_rate_limit: 5, throttling_burst_limit: 10 },
    });
  });

  it("limits bursts to the account's quota", () => {
    expect(stageOf({ service_requests_per_second: "9000" })).toMatchObject({
      default_route_settings: { throttling_rate_limit: 9000, throttling_burst_limit: 5000 },
    });
  });

  it("logs each request as JSON, with the ids that lead to the function's log", () => {
    const { access_log_settings: settings } = stageOf({}) as { access_log_settings: { format: string } };
    expect(JSON.parse(settings.format)).toMatchObject({
      requestId: "$context.requestId",
      functionRequestId: "$context.integration.requestId",
      status: "$context.status",
    });
  });
});

it("pages of other sites are allowed to call the API only if the setting names them", () => {
  const corsOf = (settings: Record<string, string>) =>
    resourcesOf(synthesized(serviceStack("prod", settings)), "aws_apigatewayv2_api")[0]?.cors_configuration;
  expect(corsOf({})).toBeUndefined();
  expect(corsOf({ service_cors_origins: "https://a.example,https://b.example" })).toMatchObject({
    allow_origins: ["https://a.example", "https://b.example"],
  });
});

it("functions run on ARM, are traced, and have reserved concurrency only if the setting says so", () => {
  for (const one of functions) {
    expect(one).toMatchObject({ architectures: ["arm64"], tracing_config: { mode: "Active" } });
    expect(one).not.toHaveProperty("reserved_concurrent_executions");
  }
  const limited = synthesized(serviceStack("prod", { service_concurrency: "7" }));
  for (const one of resourcesOf(limited, "aws_lambda_function")) {
    expect(one).toMatchObject({ reserved_concurrent_executions: 7 });
  }
});

it("events that could not be processed are kept for two weeks, with an alarm as long as there are any", () => {
  const [queue] = Object.entries(stack.resource.aws_sqs_queue ?? {});
  expect(queue?.[1]).toMatchObject({
    name: "hw-prod-failed-events",
    message_retention_seconds: 1_209_600,
    sqs_managed_sse_enabled: true,
  });
  const recorder = functions.find(({ function_name }) => function_name === "hw-prod-record-object");
  expect(recorder).toMatchObject({
    dead_letter_config: { target_arn: `\${aws_sqs_queue.${queue?.[0]}.arn}` },
  });
  const alarms = resourcesOf(stack, "aws_cloudwatch_metric_alarm");
  expect(alarms.find(({ alarm_name }) => alarm_name === "hw-prod-failed-events")).toMatchObject({
    metric_name: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: `\${aws_sqs_queue.${queue?.[0]}.name}` },
    alarm_actions: [expect.stringMatching(/:hw-codebuild-failed-sns$/)],
  });
});

it.each(["api", "record-object"])("the function %s runs on Node.js 22, from its own bundle", (name) => {
  const one = functions.find(({ function_name }) => function_name === `hw-prod-${name}`);
  // Without the hash of the bundle a change in the code alone would not be deployed.
  const filename = expect.stringMatching(new RegExp(`/${name}\\.zip$`)) as string;
  expect(one).toMatchObject({ runtime: "nodejs22.x", handler: "index.handler", filename });
  expect(one?.source_code_hash).toBe(`\${filebase64sha256("${String(one?.filename)}")}`);
});

it("every log group has a retention", () => {
  const logs = resourcesOf(stack, "aws_cloudwatch_log_group").map(({ name, retention_in_days }) => [
    name,
    retention_in_days,
  ]);
  expect(Object.fromEntries(logs)).toEqual({
    "/aws/apigateway/hw-prod": 90,
    "/aws/lambda/hw-prod-api": 90,
    "/aws/lambda/hw-prod-record-object": 90,
  });
});

describe("the commit", () => {
  const apiOf = (of: Synthesized) =>
    resourcesOf(of, "aws_lambda_function").find(({ function_name }) => function_name === "hw-prod-api")!;
  const [[id, kept] = []] = Object.entries(stack.resource.terraform_data ?? {});

  it("is a variable of the API, which stays until something else of the function changes", () => {
    expect(apiOf(stack).environment).toMatchObject({
      variables: { ENVIRONMENT: "prod", COMMIT: `\${terraform_data.${id}.input}` },
    });
    expect(kept).toMatchObject({ input: "c0ffee", lifecycle: { ignore_changes: ["input"] } });
  });

  it("depends on everything that a version of the API has", () => {
    const { environment, depends_on: _, ...api } = apiOf(stack);
    const { COMMIT: _commit, ...variables } = (environment as { variables: Record<string, string> })
      .variables;
    // These are the function's own, whatever its versions are.
    const { function_name: _name, filename: _file, publish: _publish, ...versioned } = api;
    const triggers = kept!.triggers_replace as Record<string, unknown>;
    expect(
      Object.values(triggers)
        .map((value) => JSON.stringify(value).toLowerCase())
        .sort(),
    ).toEqual(
      [...Object.values(versioned), ...Object.values(variables)]
        .map((value) => JSON.stringify(value).toLowerCase())
        .sort(),
    );
  });

  it("is nowhere else in the stack, so that another commit changes nothing", () => {
    expect(JSON.stringify(synthesized(serviceStack("prod"))).split("c0ffee")).toHaveLength(2);
    const [stage] = resourcesOf(stack, "aws_apigatewayv2_stage");
    expect(stage?.lifecycle).toEqual({ ignore_changes: ["stage_variables"] });
    expect(stage).not.toHaveProperty("stage_variables");
  });

  it("is in each version while the account has a pipeline that could refuse the resource", () => {
    const earlier = synthesized(serviceStack("prod", {}, 2));
    expect(earlier.resource).not.toHaveProperty("terraform_data");
    expect(apiOf(earlier).environment).toMatchObject({ variables: { COMMIT: "c0ffee" } });
  });
});

it("every change of a function is published, and the alias live points to it", () => {
  expect(functions).toMatchObject([{ publish: true }, { publish: true }]);
  const aliases = resourcesOf(stack, "aws_lambda_alias");
  expect(aliases).toHaveLength(2);
  for (const alias of aliases) {
    expect(alias.name).toBe("live");
    expect(alias.function_version).toMatch(/^\$\{aws_lambda_function\..*\.version\}$/);
  }
});

it("the pipeline moves production's aliases, and Terraform moves the others", () => {
  for (const alias of resourcesOf(stack, "aws_lambda_alias")) {
    expect(alias.lifecycle).toEqual({ ignore_changes: ["function_version", "routing_config"] });
  }
  for (const alias of resourcesOf(synthesized(serviceStack("dev")), "aws_lambda_alias")) {
    expect(alias).not.toHaveProperty("lifecycle");
  }
});

it("a version of the API stores the versions of the other functions", () => {
  const api = functions.find(({ function_name }) => function_name === "hw-prod-api");
  const { variables } = api!.environment as { variables: Record<string, string> };
  expect(JSON.parse(variables.VERSIONS!)).toEqual({
    "record-object": expect.stringMatching(
      /^\$\{aws_lambda_function\.record-object_\w+\.version\}$/,
    ) as string,
  });
});

describe("the alarms on a new version", () => {
  const alarmsOf = (environment: string) =>
    resourcesOf(synthesized(serviceStack(environment)), "aws_cloudwatch_metric_alarm").filter(
      ({ alarm_name: name }) => !/-(failed-events|requests|stored-bytes)$/.test(String(name)),
    );
  const alarms = alarmsOf("prod");
  const named = (name: string) => alarms.find(({ alarm_name }) => alarm_name === name);

  it("exist in production only", () => {
    expect(alarms.map(({ alarm_name }) => alarm_name).sort()).toEqual([
      "hw-prod-api-5xx",
      "hw-prod-api-errors",
      "hw-prod-api-gateway-5xx",
      "hw-prod-api-latency",
      "hw-prod-api-throttles",
      "hw-prod-record-object-errors",
      "hw-prod-record-object-throttles",
    ]);
    expect(alarmsOf("dev")).toEqual([]);
  });

  it("watch only the newest version where AWS distinguishes versions", () => {
    const version = {
      ExecutedVersion: expect.stringMatching(/aws_lambda_function\.[\w-]+\.version/) as string,
    };
    const whole = { FunctionName: "hw-prod-api", Resource: expect.stringMatching(/^hw-prod-api:/) as string };
    expect(named("hw-prod-api-errors")?.dimensions).toEqual({ ...whole, ...version });
    expect(named("hw-prod-api-latency")?.dimensions).toEqual({ ...whole, ...version });
    expect(named("hw-prod-api-5xx")).toMatchObject({ namespace: "HeavyWater", metric_name: "ServerErrors" });
    // A metric exists for exactly one set of dimensions.
    expect(named("hw-prod-api-5xx")?.dimensions).toEqual({ service: "hw-prod-api", ...version });
    expect(named("hw-prod-api-gateway-5xx")?.dimensions).toEqual({
      ApiId: expect.stringMatching(/^\$\{aws_apigatewayv2_api\..*\.id\}$/) as string,
    });
    expect(named("hw-prod-api-throttles")?.dimensions).toEqual(whole);
  });

  it("notify the topic where AWS does not distinguish versions, and only there", () => {
    const topic = [expect.stringMatching(/:hw-codebuild-failed-sns$/) as string];
    for (const alarm of alarms) {
      const isNotifying = /throttles|gateway/.test(String(alarm.alarm_name));
      expect([alarm.alarm_actions, alarm.ok_actions]).toEqual(
        isNotifying ? [topic, topic] : [undefined, undefined],
      );
    }
  });

  it("do not fire without requests", () => {
    expect(new Set(alarms.map((alarm) => alarm.treat_missing_data))).toEqual(new Set(["notBreaching"]));
  });
});

it("the API and the bucket invoke the alias, and nothing else is allowed to", () => {
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

it("the API's function times out before API Gateway does, after 30 seconds", () => {
  const api = functions.find(({ function_name }) => function_name === "hw-prod-api");
  expect(Number(api?.timeout)).toBeLessThan(30);
});

it("record-object has time to read a large document", () => {
  const recorder = functions.find(({ function_name }) => function_name === "hw-prod-record-object");
  expect(recorder?.timeout).toBe(900);
});

it("every function has a role with the boundary of its environment", () => {
  const roles = resourcesOf(stack, "aws_iam_role");
  expect(roles).toHaveLength(2);
  for (const role of roles) {
    expect(role.permissions_boundary).toMatch(/:policy\/hw-function-boundary-prod$/);
    expect(statements(role.assume_role_policy)).toMatchObject([
      { Principal: { Service: "lambda.amazonaws.com" } },
    ]);
  }
});

it("roles have the shared boundary until bootstrap has created the environment's own", () => {
  const before = resourcesOf(synthesized(serviceStack("prod", {}, 1)), "aws_iam_role");
  expect(before).toHaveLength(2);
  for (const role of before) expect(role.permissions_boundary).toMatch(/:policy\/hw-function-boundary$/);
});

it("log groups stay when their function or API is deleted, and are imported when it is created again", () => {
  const groups = Object.entries(stack.resource.aws_cloudwatch_log_group ?? {});
  expect(groups.map(([, { name }]) => name).sort()).toEqual([
    "/aws/apigateway/hw-prod",
    "/aws/lambda/hw-prod-api",
    "/aws/lambda/hw-prod-record-object",
  ]);
  for (const [id, group] of groups) {
    expect(group.skip_destroy).toBe(true);
    const block = stack.import?.find(({ to }) => to === `aws_cloudwatch_log_group.${id}`);
    // By its whole name: another group's may begin with it.
    expect(block?.for_each).toContain(`if one == ${JSON.stringify(group.name)}`);
  }
});

it("production's API, which bootstrap creates, is imported, and that of another environment is created", () => {
  const imported = (of: Synthesized) =>
    (of.import ?? []).map(({ to }) => to).filter((to) => to.startsWith("aws_apigatewayv2_api."));
  expect(imported(stack)).toEqual([
    `aws_apigatewayv2_api.${Object.keys(stack.resource.aws_apigatewayv2_api!)[0]}`,
  ]);
  const [found] = Object.values(stack.data?.aws_apigatewayv2_apis ?? {});
  expect(found).toMatchObject({ name: "hw-prod" });
  expect(imported(synthesized(serviceStack("dev")))).toEqual([]);
  // Before that bootstrap the role of DeployOnProd is not allowed to list APIs.
  expect(imported(synthesized(serviceStack("prod", {}, 1)))).toEqual([]);
});

it("the API is allowed to read and delete metadata, but not to write it", () => {
  const permissions = permissionsByRole(stack)["hw-prod-api"] ?? [];
  const onMetadata = permissions.filter(({ Resource }) => JSON.stringify(Resource).includes("/metadata/"));
  expect(onMetadata.map(({ Action }) => Action)).toEqual([["s3:GetObject", "s3:DeleteObject"]]);
});
